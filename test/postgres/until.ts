/** Waits for a condition, and fails rather than hang when it does not come. */
export async function until(isTrue: () => Promise<boolean> | boolean, withinMs = 30_000): Promise<void> {
  const end = Date.now() + withinMs;
  while (!(await isTrue())) {
    if (Date.now() > end) throw new Error(`Waited for ${withinMs} ms in vain: ${String(isTrue)}`);
    await new Promise((again) => setTimeout(again, 10));
  }
}
