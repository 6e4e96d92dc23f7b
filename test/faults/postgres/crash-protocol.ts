/** What a campaign and its processes tell each other; see `crash-points.ts`. */

/** `point:nth`: the process kills itself when it comes to `point` for the nth time. */
export const CRASH_VARIABLE = 'CRASH_AT';

/** The port that a process listens on, and each point when the process first came to it. */
export type FromProcess = { readonly port: number } | { readonly point: string };
