// One channel of an ssh connection as a stream like any socket: destroyed at once, whatever the other side does, with the error that ended it.
// ssh2's own channels wait for the other side's consent to close, and forget why; over a frozen connection a call would never end.
import { Duplex } from 'node:stream';
import type { ClientChannel } from 'ssh2';

/** The stream over a channel. It has what node:http asks of a socket. */
export function channelStream(channel: ClientChannel): Duplex {
  const stream = new Duplex({
    allowHalfOpen: true,
    read: () => void channel.resume(),
    write: (chunk: Buffer, _encoding, done) => void channel.write(chunk, done),
    final: (done) => {
      channel.end();
      done();
    },
    destroy: (error, done) => {
      channel.close();
      done(error);
    },
  });
  channel.pause();
  channel.on('data', (chunk: Buffer) => {
    if (!stream.push(chunk)) channel.pause();
  });
  channel.on('end', () => stream.push(null));
  channel.on('error', (error: Error) => stream.destroy(error));
  // What was read is handed on first; nothing can be written any more.
  channel.on('close', () => {
    if (stream.readableEnded || stream.destroyed) stream.destroy();
    else stream.once('end', () => stream.destroy());
  });
  // Whoever uses it hears of its end; one that lies ready for the next call has nobody to hear it.
  stream.on('error', () => undefined);
  const same = (): Duplex => stream;
  return Object.assign(stream, {
    setKeepAlive: same,
    setNoDelay: same,
    setTimeout: same,
    ref: same,
    unref: same,
    destroySoon: () => void stream.end(() => stream.destroy()),
  });
}
