// Free ports for listeners of tests, below the range from which Docker and the kernel take theirs.
import { createServer } from 'node:net';

let next = 12_000 + (process.pid % 500) * 16;

/** A port that nothing listens on now, and that no other call of this process returned. */
export async function freePort(): Promise<number> {
  for (let tries = 0; tries < 200; tries++) {
    const port = next++;
    if (await isFree(port)) return port;
  }
  throw new Error('no free port found in 200 tries');
}

async function isFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', () => resolve(false));
    server.listen(port, () => server.close(() => resolve(true)));
  });
}
