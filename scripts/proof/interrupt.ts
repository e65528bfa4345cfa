// Ctrl-C in the middle of a proof: what it has made (an engine, mounts, a network namespace) has to go all the same, so a signal becomes an
// error that runs through the same `finally` as any other. Deliberately absent: stopping the work itself; it fails when its engine goes.

const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;
let interrupted: Promise<never> | null = null;

/** Settles as `work` does, or rejects at the first signal. A second signal is heard and changes nothing: it is being cleaned up. */
export async function unlessInterrupted<T>(work: Promise<T>): Promise<T> {
  interrupted ??= new Promise((_, reject) => {
    for (const signal of SIGNALS) process.on(signal, () => reject(new Error(`interrupted by ${signal}`)));
  });
  return Promise.race([work, interrupted]);
}
