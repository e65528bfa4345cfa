// Compiles the relay's program for each architecture and writes its machine code beside it, as text.
//   node scripts/relay/compile.mjs      writes scripts/relay/code.mjs; only needed when relay.c changes
// It takes gcc for amd64 and gcc-aarch64-linux-gnu for arm64 (Debian's packages of these names; written by 12.2.0). Another compiler may write
// other code of the same program: what is committed is what runs.
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const here = fileURLToPath(new URL('.', import.meta.url));
const COMMON = [
  ...['-Os', '-static', '-nostdlib', '-ffreestanding', '-fno-pie', '-no-pie', '-fno-stack-protector', '-fno-stack-clash-protection'],
  ...[
    '-fno-asynchronous-unwind-tables',
    '-fno-tree-loop-distribute-patterns',
    '-fno-strict-aliasing',
    '-fwrapv',
    '-Wall',
    '-Wextra',
    '-Werror',
  ],
  ...['-Wl,--build-id=none', `-Wl,-T,${join(here, 'link.ld')}`],
];
const COMPILERS = {
  amd64: { gcc: 'gcc', objcopy: 'objcopy', flags: ['-fcf-protection=none'] },
  arm64: {
    gcc: 'aarch64-linux-gnu-gcc',
    objcopy: 'aarch64-linux-gnu-objcopy',
    flags: ['-mno-outline-atomics', '-mbranch-protection=none'],
  },
};

/** The machine code of the program, without any header. */
function compiled({ gcc, objcopy, flags }) {
  const folder = mkdtempSync(join(tmpdir(), 'longshore-relay-'));
  try {
    const [program, code] = [join(folder, 'relay'), join(folder, 'code')];
    execFileSync(gcc, [...COMMON, ...flags, '-o', program, join(here, 'relay.c')], { stdio: ['ignore', 'inherit', 'inherit'] });
    execFileSync(objcopy, ['-O', 'binary', '-j', '.text', program, code]);
    return readFileSync(code);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

const entries = Object.entries(COMPILERS).map(([architecture, compiler]) => {
  const lines = compiled(compiler)
    .toString('base64')
    .match(/.{1,120}/g)
    .map((line) => `    '${line}',`);
  return [`  ${architecture}: [`, ...lines, '  ],'].join('\n');
});
const file = [
  '// Written by scripts/relay/compile.mjs: the machine code of relay.c, by architecture. Do not edit.',
  'export const CODE = {',
  ...entries,
  '};',
  '',
].join('\n');
writeFileSync(join(here, 'code.mjs'), file);
