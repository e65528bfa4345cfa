// A stand-in for a log router: what listens on the socket of FireLens, reads the forward protocol as an engine writes it, and prints each
// record as a line of JSON. Real ones (Fluent Bit, Fluentd) are images that nobody can make without a network.

/** JavaScript for `node -e`; the file that the router is given is printed first. */
export const RECEIVER = `
const fs = require('node:fs');
const say = (what) => console.log(JSON.stringify(what));
const config = ['/fluent-bit/etc/fluent-bit.conf', '/fluentd/etc/fluent.conf'].find((path) => fs.existsSync(path));
say({ path: config, config: fs.readFileSync(config, 'utf8'), token: process.env.token_app });

/** One value of MessagePack at \`at\`; throws RangeError when it is not whole yet. */
const decode = (bytes, at) => {
  const byte = bytes.readUInt8(at);
  const text = (length, from) => { if (from + length > bytes.length) throw new RangeError(); return [bytes.toString('utf8', from, from + length), from + length]; };
  const list = (count, from) => { const all = []; for (let n = 0; n < count; n++) { const [value, next] = decode(bytes, from); all.push(value); from = next; } return [all, from]; };
  const map = (count, from) => { const [all, end] = list(count * 2, from); return [Object.fromEntries(Array.from({ length: count }, (_, n) => [all[2 * n], all[2 * n + 1]])), end]; };
  if (byte < 0x80) return [byte, at + 1];
  if (byte < 0x90) return map(byte & 15, at + 1);
  if (byte < 0xa0) return list(byte & 15, at + 1);
  if (byte < 0xc0) return text(byte & 31, at + 1);
  switch (byte) {
    case 0xc0: return [null, at + 1];
    case 0xc4: case 0xd9: return text(bytes.readUInt8(at + 1), at + 2);
    case 0xc5: case 0xda: return text(bytes.readUInt16BE(at + 1), at + 3);
    case 0xc7: return [{ time: bytes.readUInt32BE(at + 3) }, at + 3 + bytes.readUInt8(at + 1)];
    case 0xd7: return [{ time: bytes.readUInt32BE(at + 2) }, at + 10];
    case 0xce: return [bytes.readUInt32BE(at + 1), at + 5];
    case 0xde: return map(bytes.readUInt16BE(at + 1), at + 3);
    default: throw new Error('unknown byte ' + byte.toString(16));
  }
};

require('node:net').createServer((socket) => {
  let held = Buffer.alloc(0);
  socket.on('data', (data) => {
    held = Buffer.concat([held, data]);
    for (;;) {
      try {
        const [[tag, time, record], end] = decode(held, 0);
        held = held.subarray(end);
        say({ tag, time: time.time, log: record.log, source: record.source });
      } catch (error) {
        if (error instanceof RangeError) return;
        throw error;
      }
    }
  });
}).listen('/var/run/fluent.sock');
process.on('SIGTERM', () => process.exit(0));
`;
