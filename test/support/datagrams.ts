// Talks to what listens on UDP.
import { createSocket } from 'node:dgram';
import { once } from 'node:events';

/** What comes back for a datagram within half a second. */
export async function echoed(port: number, text: string): Promise<string> {
  const socket = createSocket('udp4');
  try {
    socket.send(text, port, '127.0.0.1');
    const [bytes] = (await once(socket, 'message', { signal: AbortSignal.timeout(500) })) as [Buffer];
    return bytes.toString();
  } catch (error) {
    return String(error);
  } finally {
    socket.close();
  }
}
