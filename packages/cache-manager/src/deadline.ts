/** A bound on how long an operation of the cache may take, since some drivers queue while they are disconnected. */

/** Settles as `operation` does, or rejects after `timeoutMs`; the operation itself cannot be called back. */
export function within<T>(timeoutMs: number, what: string, operation: Promise<T>): Promise<T> {
  return new Promise<T>((resolve, reject) => {
    const timer = setTimeout(() => {
      reject(new Error(`The cache did not answer ${what} within ${String(timeoutMs)} ms.`));
    }, timeoutMs);
    operation.then(
      (value) => {
        clearTimeout(timer);
        resolve(value);
      },
      (error: unknown) => {
        clearTimeout(timer);
        reject(error instanceof Error ? error : new Error('The cache failed.', { cause: error }));
      },
    );
  });
}
