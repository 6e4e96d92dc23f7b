/** Which methods were marked with a decorator of ours, noted where no decorator above can hide it. Pure. */

/** A decorator of ours, as it is written. */
export type Mark = '@IdempotencyKey()' | '@IdempotencyManual()' | '@IdempotencyExempt()' | '@IdempotencyState()';

/** The marks of the method `name`, as the class declares it whose prototype is `owner`. */
export interface MarkedMethod {
  readonly name: string | symbol;
  readonly marks: readonly Mark[];
  readonly owner: object;
}

/** On a prototype, not on its methods: a decorator above may put another function in a method's place. All copies of this package share it. */
const MARKED = Symbol.for('nestjs-idempotency:marked');

type Noted = ReadonlyMap<string | symbol, readonly Mark[]>;

const notedOn = (owner: object): Noted => (Reflect.getOwnMetadata(MARKED, owner) as Noted | undefined) ?? new Map();

/** Notes that the method `name` of `owner`, a prototype or, for a static method, a class, was marked. */
export function note(owner: object, name: string | symbol, mark: Mark): void {
  const noted = notedOn(owner);
  Reflect.defineMetadata(MARKED, new Map([...noted, [name, [...(noted.get(name) ?? []), mark]]]), owner);
}

/** The marked methods of `owner` and of what it inherits from, each as often as it is declared and marked; the nearest first. */
export function markedMethods(owner: object): MarkedMethod[] {
  const found: MarkedMethod[] = [];
  for (let at: object | null = owner; at !== null; at = Object.getPrototypeOf(at) as object | null)
    for (const [name, marks] of notedOn(at)) found.push({ name, marks, owner: at });
  return found;
}
