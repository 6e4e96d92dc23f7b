/** Which handlers run at one moment: under one live lease it may be one only. */

interface Run {
  isLapsed: boolean;
  readonly isDead: () => boolean;
}

export class Runs {
  /** How often one began while another one ran whose lease had not lapsed. */
  overlaps = 0;
  readonly #running = new Set<Run>();

  /** A handler begins; gives what ends it. One whose process is dead runs no more. */
  begin(isDead: () => boolean): () => void {
    for (const run of this.#running) if (!run.isLapsed && !run.isDead()) this.overlaps++;
    const run: Run = { isLapsed: false, isDead };
    this.#running.add(run);
    return () => this.#running.delete(run);
  }

  /** A lease was found to have lapsed: no other one was live, so it is that of all who run. */
  lapse(): void {
    for (const run of this.#running) run.isLapsed = true;
  }
}
