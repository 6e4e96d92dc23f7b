/** What scripts are told on their command lines is taken as it is meant, or refused. */
import { describe, expect, it } from '@jest/globals';
import { helpOf, readArguments } from './arguments.js';
import { flag, named, seed, several, someOf, text, whole } from './options.js';

const script = {
  command: 'npm run fuzz --',
  does: 'Sends requests.',
  options: {
    requests: whole('requests to send', 100),
    seed: seed('repeats a run'),
    processes: whole('processes at once', 10, { from: 2, to: 64 }),
    only: someOf(['memory', 'redis', 'postgres'], 'chapters'),
    short: flag('does less'),
    plot: text({ value: 'FILE', means: 'draws', takes: 'an .svg file', isTaken: (path) => path.endsWith('.svg') }),
  },
  unnamed: ['requests', 'seed'],
};
const read = (...given: string[]) => readArguments(script, given);
const valuesOf = (...given: string[]) => {
  const reading = read(...given);
  if (reading.kind !== 'run') throw new Error(reading.text);
  return reading.values;
};
const refusalOf = (...given: string[]): string | undefined => {
  const reading = read(...given);
  return reading.kind === 'refused' ? reading.text.split('\n')[0] : undefined;
};

describe('readArguments', () => {
  it('gives every option its default, and a switch off', () => {
    expect(valuesOf()).toEqual({
      requests: 100,
      seed: expect.any(Number),
      processes: 10,
      only: ['memory', 'redis', 'postgres'],
      short: false,
      plot: undefined,
    });
  });

  it('takes options by their names', () => {
    const given = ['--requests', '4000', '--seed=0', '--processes', '64', '--only', 'redis,memory', '--short', '--plot', 'a.svg'];
    expect(valuesOf(...given)).toEqual({
      requests: 4_000,
      seed: 0,
      processes: 64,
      only: ['redis', 'memory'],
      short: true,
      plot: 'a.svg',
    });
  });

  it('takes the first ones without their names, too', () => {
    expect(valuesOf('4000', '7', '--short')).toMatchObject({ requests: 4_000, seed: 7, short: true });
  });

  it.each([
    [['--nonsense'], "Unknown option '--nonsense'."],
    [['--request', '1'], "Unknown option '--request'."],
    [['-x'], "Unknown option '-x'."],
    [['--requests'], "Option '--requests <value>' argument missing"],
    [['--short=1'], "Option '--short' does not take an argument"],
    [['1', '2', '3'], 'The argument "3" is one too many.'],
    [['1', '--requests', '1'], '--requests: given more than once.'],
    [['--seed', '1', '--seed', '2'], '--seed: given more than once.'],
    [['--only', 'nosuch'], '--only: "nosuch" is not taken; it takes some of memory,redis,postgres, with commas between them.'],
    [['--only', 'memory,'], '--only: "memory," is not taken'],
    [['--only', ''], '--only: "" is not taken'],
    [['--plot', 'a.png'], '--plot: "a.png" is not taken; it takes an .svg file.'],
  ])('refuses %j', (given, told) => {
    expect(refusalOf(...given)).toEqual(expect.stringContaining(told));
  });

  it.each(['0', '-1', '1.5', '1e3', '0x10', ' 5', '', 'many', 'Infinity', '9007199254740992'])(
    'does not take %j for a number of things',
    (number) => {
      expect(refusalOf(`--requests=${number}`)).toBe(`--requests: "${number}" is not taken; it takes a whole number, 1 or more.`);
    },
  );

  it.each(['1', '65'])('does not take %s for a number from 2 to 64', (number) => {
    expect(refusalOf('--processes', number)).toBe(`--processes: "${number}" is not taken; it takes a whole number from 2 to 64.`);
  });

  it('names all that is known below what is refused', () => {
    const reading = read('--nonsense');
    if (reading.kind === 'run') throw new Error('It was taken.');
    for (const name of [...Object.keys(script.options), 'help']) expect(reading.text).toContain(`--${name}`);
    expect(reading.text).toContain('npm run fuzz -- [REQUESTS] [SEED] [options]');
    expect(reading.text).toContain('a whole number from 2 to 64 (default 10)');
  });

  it('prints that for --help, and does nothing else, whatever else is right or wrong in values', () => {
    expect(read('--help', '--requests', '0')).toEqual({ kind: 'help', text: helpOf(script) });
    expect(refusalOf('--help', '--nonsense')).toContain('--nonsense');
  });

  it('refuses values that are wrong together', () => {
    const both = {
      ...script,
      wrongTogether: ({ requests, processes }: { requests: number; processes: number }) =>
        requests < processes ? 'Too few.' : undefined,
    };
    expect(readArguments(both, ['--processes', '4', '3'])).toMatchObject({
      kind: 'refused',
      text: expect.stringMatching(/^Too few\./),
    });
    expect(readArguments(both, ['--processes', '4', '4']).kind).toBe('run');
  });

  it('refuses any argument where none is known', () => {
    const bare = { command: 'npm run spin --', does: 'Searches.', options: {} };
    expect(readArguments(bare, [])).toEqual({ kind: 'run', values: {} });
    expect(readArguments(bare, ['now']).kind).toBe('refused');
  });
});

describe('several', () => {
  const taken = { value: 'MAJOR', means: 'versions', takes: '11 or 12', isTaken: (given: string) => /^1[12]$/.test(given) };
  const versions = several(taken, ['12', '11']);

  it('takes each of them, or what is usual', () => {
    expect([versions.read([]), versions.read(['11'])]).toEqual([['12', '11'], ['11']]);
  });

  it('refuses all if one is not taken', () => {
    expect(() => versions.read(['11', '10'])).toThrow('"10" is not taken; it takes 11 or 12.');
  });

  it('takes what is left on the command line', () => {
    const nodes = { command: 'x', does: 'y', options: { nest: versions }, unnamed: ['nest'] };
    expect(readArguments(nodes, ['11', '12', '11'])).toEqual({ kind: 'run', values: { nest: ['11', '12', '11'] } });
  });
});

describe('named', () => {
  const rows = named(['A1 Redis is late', 'B1 Postgres is'], 'words of a row', (row) => row);

  it('finds what the words stand in, in whatever case, and all without words', () => {
    expect([rows.read(['redis', 'is']), rows.read([])]).toEqual([['A1 Redis is late'], ['A1 Redis is late', 'B1 Postgres is']]);
  });

  it('refuses words that stand nowhere, naming all that is there', () => {
    expect(() => rows.read(['late', 'Redis'])).toThrow(
      '"late Redis" stands in none of these:\n  A1 Redis is late\n  B1 Postgres is',
    );
  });
});
