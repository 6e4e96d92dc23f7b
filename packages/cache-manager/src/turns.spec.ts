/** Turns: one after another at a slot, side by side at different ones, and nothing left behind. */
import { inTurn } from './turns.js';

function gate(): { readonly opened: Promise<void>; open(): void } {
  let open = (): void => undefined;
  const opened = new Promise<void>((resolve) => (open = resolve));
  return { opened, open: () => open() };
}

describe('inTurn', () => {
  it('never runs two at once at one slot, and keeps their order', async () => {
    const store = {};
    const seen: string[] = [];
    const turn = (name: string): Promise<void> =>
      inTurn(store, 'slot', async () => {
        seen.push(`${name} begins`);
        await Promise.resolve();
        seen.push(`${name} ends`);
      });
    await Promise.all([turn('a'), turn('b'), turn('c')]);
    expect(seen).toEqual(['a begins', 'a ends', 'b begins', 'b ends', 'c begins', 'c ends']);
  });

  it('makes who comes late wait for the turn that is running, though an earlier one has ended', async () => {
    const store = {};
    const held = gate();
    const seen: string[] = [];
    const first = inTurn(store, 'slot', () => Promise.resolve());
    const second = inTurn(store, 'slot', () => held.opened.then(() => seen.push('second')));
    await first;
    await Promise.resolve();
    const third = inTurn(store, 'slot', () => Promise.resolve(seen.push('third')));
    await inTurn(store, 'other', () => Promise.resolve());
    held.open();
    await Promise.all([second, third]);
    expect(seen).toEqual(['second', 'third']);
  });

  it('lets other slots and other stores pass', async () => {
    const store = {};
    const held = gate();
    const slow = inTurn(store, 'slot', () => held.opened);
    await expect(inTurn(store, 'other', () => Promise.resolve('other slot'))).resolves.toBe('other slot');
    await expect(inTurn({}, 'slot', () => Promise.resolve('other store'))).resolves.toBe('other store');
    held.open();
    await slow;
  });

  it('goes on after a turn that failed, and tells only its own caller', async () => {
    const store = {};
    const failed = inTurn(store, 'slot', () => Promise.reject(new Error('down')));
    const next = inTurn(store, 'slot', () => Promise.resolve('next'));
    await expect(failed).rejects.toThrow('down');
    await expect(next).resolves.toBe('next');
  });
});
