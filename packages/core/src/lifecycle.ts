/** What a storage, a lock or a backend is told of the application's beginning and end. */
export interface Lifecycle {
  /** Asked once at start-up. Resolves with warnings, each naming the danger and the cure; rejects to refuse the start. */
  check?(): Promise<readonly string[]>;
  /** Ends what it opened itself, such as a connection made from a URL, and leaves alone what it was given. Called at shutdown, after the last attempt; perhaps more than once. */
  close?(): Promise<void>;
}
