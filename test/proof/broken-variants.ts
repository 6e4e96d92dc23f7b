/** Negative controls: the library broken on purpose by a change of its text. What proves its promises must find each of them out. */

/** One change; `from` stands exactly once in `file`. */
export interface BrokenVariant {
  readonly file: string;
  readonly from: string;
  readonly to: string;
}

export const BROKEN_VARIANTS = {
  /** The slot is released when the chain ends, though the handler runs on. */
  'released at the end of the Observable': {
    file: 'packages/nestjs/src/turn/execution.ts',
    from: 'const progress = progressOf(facts, this.run.isCalled, this.#chain ?? NOTHING_INSIDE, { answeredBefore, hasLostSuccess });',
    to: "const progress = this.#chain?.isOver === true && facts.kind === 'running' ? 'idle' : facts.kind === 'idle' ? 'running' : facts.kind;",
  },
  /** A success leaves although its transaction was rolled back. */
  'answered after a rollback': {
    file: 'packages/nestjs/src/turn/serving.ts',
    from: 'if (await execution.isSuccess()) this.refuse(',
    to: 'if (await execution.isSuccess()) execution.gate.send();\n    else if (false) this.refuse(',
  },
} as const satisfies Readonly<Record<string, BrokenVariant>>;

export type BrokenName = keyof typeof BROKEN_VARIANTS;
