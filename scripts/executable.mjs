// Writes a static program for Linux from its machine code: ELF (System V ABI) with one segment that holds the whole file, read and executed, and
// never written to. So small a program needs no linker, and equal code gives equal bytes.

const MACHINES = { amd64: 62, arm64: 183 };
const BASE = 0x400000;
const HEADER = 64;
const SEGMENT = 56;

/**
 * The program, which begins with the first byte of its code.
 * @param {string} architecture Docker's word: amd64, arm64
 * @param {Buffer} code linked for the address behind the headers: 0x400078, with a plain stack 0x4000b0
 * @param {{ plainStack?: boolean }} [options] plainStack: the stack can't be executed
 */
export function executable(architecture, code, { plainStack = false } = {}) {
  const segments = plainStack ? 2 : 1;
  const headers = HEADER + segments * SEGMENT;
  const header = Buffer.alloc(headers);
  header.set([0x7f, 0x45, 0x4c, 0x46, 2, 1, 1]);
  header.writeUInt16LE(2, 16); // an executable
  header.writeUInt16LE(MACHINES[architecture], 18);
  header.writeUInt32LE(1, 20);
  header.writeBigUInt64LE(BigInt(BASE + headers), 24); // where it begins
  header.writeBigUInt64LE(64n, 32); // where the segments stand
  header.writeUInt16LE(HEADER, 52);
  header.writeUInt16LE(SEGMENT, 54);
  header.writeUInt16LE(segments, 56);
  header.writeUInt32LE(1, 64); // to be loaded
  header.writeUInt32LE(5, 68); // to be read and executed
  header.writeBigUInt64LE(BigInt(BASE), 80);
  header.writeBigUInt64LE(BigInt(BASE), 88);
  header.writeBigUInt64LE(BigInt(headers + code.length), 96);
  header.writeBigUInt64LE(BigInt(headers + code.length), 104);
  header.writeBigUInt64LE(0x1000n, 112);
  if (plainStack) {
    header.writeUInt32LE(0x6474e551, 120); // GNU_STACK
    header.writeUInt32LE(6, 124); // to be read and written
    header.writeBigUInt64LE(16n, 168);
  }
  return Buffer.concat([header, code]);
}
