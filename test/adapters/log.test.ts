// The log as it comes out: lines of JSON in a file or a pipe, whole when the process exits, without credentials.
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'longshore-log-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

/** Runs `body` with a `log` in a process of its own, which exits at the end of it; gives the lines it left. */
function lines(body: string, options = `{ level: 'info' }`): Record<string, unknown>[] {
  const module = join(import.meta.dirname, '../../src/adapters/log.ts');
  const script = `import { pinoLog } from ${JSON.stringify(module)}; const log = pinoLog(${options}); ${body}`;
  const run = spawnSync(process.execPath, ['--input-type=module-typescript', '-e', script], {
    encoding: 'utf8',
    maxBuffer: 64 * 1024 * 1024,
  });
  expect(run.stderr).toBe('');
  expect(run.status).toBe(0);
  return parse(run.stdout);
}

function parse(text: string): Record<string, unknown>[] {
  return text
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as Record<string, unknown>);
}

describe('lines', () => {
  it('carry level, time, fields and message, and nothing of the machine', () => {
    const [line, ...rest] = lines(`log.write('warn', 'engine away', { engine: 'h1', ms: 5 });`);
    expect(rest).toEqual([]);
    expect(Object.keys(line ?? {})).toEqual(['level', 'time', 'engine', 'ms', 'message']);
    expect(line).toMatchObject({ level: 'warn', engine: 'h1', ms: 5, message: 'engine away' });
    expect(new Date(String(line?.['time'])).toISOString()).toBe(line?.['time']);
  });

  it('below the level are left out', () => {
    const written = lines(`for (const level of ['debug', 'info', 'warn', 'error']) log.write(level, level);`, `{ level: 'warn' }`);
    expect(written.map((line) => line['message'])).toEqual(['warn', 'error']);
  });

  it('are all there when the process exits at once, or by an error', () => {
    const many = `for (let i = 0; i < 2000; i++) log.write('info', 'line', { i });`;
    expect(lines(`${many} process.exit(0);`).map((line) => line['i'])).toEqual(Array.from({ length: 2_000 }, (_, i) => i));
  });

  it('go to a file that only its owner reads, after what is there', () => {
    const file = join(folder, 'daemon.log');
    const options = `{ level: 'info', destination: ${JSON.stringify(file)} }`;
    expect(lines(`log.write('info', 'one');`, options)).toEqual([]);
    lines(`log.write('info', 'two');`, options);
    expect(parse(readFileSync(file, 'utf8')).map((line) => line['message'])).toEqual(['one', 'two']);
  });

  it('are dropped and counted when nobody reads the pipe; the writer is not held up', () => {
    const script = `const text = 'x'.repeat(100000);
      for (let i = 0; i < 200; i++) log.write('info', text);
      setTimeout(() => { log.write('info', 'last'); }, 200);`;
    const written = lines(script);
    const warning = written.find((line) => line['message'] === 'lines of the log were dropped');
    expect(Number(warning?.['lines']) + written.length - 2).toBe(200);
    expect(warning?.['reason']).toBe('nobody read them');
    expect(written.at(-1)?.['message']).toBe('last');
  });
});

describe('a log that can not be written', () => {
  it.each(['', 'process.exit(0);'])('costs lines, not the daemon, nor its end (%s)', (end) => {
    // /dev/full answers each write with ENOSPC.
    const script = `log.write('info', 'lost'); setTimeout(() => { log.write('info', 'lost too'); console.log('{"alive":true}'); ${end} }, 50);`;
    expect(lines(script, `{ level: 'info', destination: '/dev/full' }`)).toEqual([{ alive: true }]);
  });
});

describe('credentials', () => {
  it('are blanked in fields with their names, three levels deep', () => {
    const text = JSON.stringify(
      lines(`log.write('info', 'x', { password: 's3cr3t', request: { token: 's3cr3t', headers: { authorization: 's3cr3t', 'X-Registry-Auth': 's3cr3t' } },
        spec: { environment: [{ name: 'A', value: 's3cr3t' }] } });`),
    );
    expect(text).not.toContain('s3cr3t');
    expect(text).toContain('[redacted]');
  });

  it('are cut out of URLs in messages, fields and errors', () => {
    const [line] = lines(`log.write('info', 'fetch https://me:s3cr3t@git.example.com/a.git', {
      url: 'ssh://s3cr3t@host/x', error: Object.assign(new Error('no https://s3cr3t@host/'), { code: 'away', task: { commands: ['s3cr3t'] } }) });`);
    expect(JSON.stringify(line)).not.toContain('s3cr3t');
    expect(line).toMatchObject({
      message: 'fetch https://git.example.com/a.git',
      url: 'ssh://host/x',
      error: { name: 'Error', code: 'away', message: 'no https://host/' },
    });
  });

  it('an error without a code keeps its stack, one with a code does not', () => {
    const [line] = lines(
      `log.write('error', 'x', { defect: new Error('a'), foreseen: Object.assign(new Error('b'), { code: 'c', hint: 'd' }) });`,
    );
    expect(line?.['defect']).toMatchObject({ message: 'a', stack: expect.stringContaining('Error: a') as string });
    expect(line?.['foreseen']).toEqual({ name: 'Error', code: 'c', message: 'b', hint: 'd' });
  });
});
