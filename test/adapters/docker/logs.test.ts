// The engine's two log formats, byte by byte: where chunks end, lines over 16 KiB, times that are not UTC; and the same from a real engine, for
// containers with a terminal and with log drivers that keep nothing. Plain containers are the contract's business.
import { Readable } from 'node:stream';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { LOG_UNREADABLE } from '../../../src/daemon/ports.ts';
import { framedLines, rawLines } from '../../../src/adapters/docker/logs.ts';
import { definitionRunner, RUN_LIMIT_MS, type Runner } from '../../support/definition-runner.ts';
import type { LogLine } from '../../../src/model/task/container-log.ts';

const T1 = '2026-01-31T12:00:00.000000001Z';
const T2 = '2026-01-31T12:00:00.000000002Z';

function frame(kind: number, text: string | Buffer): Buffer {
  const body = Buffer.from(text);
  const head = Buffer.alloc(8);
  head[0] = kind;
  head.writeUInt32BE(body.length, 4);
  return Buffer.concat([head, body]);
}
function inChunks(bytes: Buffer, size: number): Readable {
  return Readable.from(
    Array.from({ length: Math.ceil(bytes.length / size) }, (_, index) => bytes.subarray(index * size, (index + 1) * size)),
  );
}
async function all(lines: AsyncGenerator<LogLine, void, void>): Promise<LogLine[]> {
  const found: LogLine[] = [];
  for await (const line of lines) found.push(line);
  return found;
}

describe('frames', () => {
  it.each([1, 3, 7, 64, 1_000_000])('are put together from chunks of %i bytes', async (size) => {
    const bytes = Buffer.concat([frame(1, `${T1} hello ü\n`), frame(2, `${T2} \n`), frame(1, `${T2} last`)]);
    expect(await all(framedLines(inChunks(bytes, size)))).toEqual([
      { time: T1, stream: 'stdout', text: 'hello ü' },
      { time: T2, stream: 'stderr', text: '' },
      { time: T2, stream: 'stdout', text: 'last' },
    ]);
  });

  it('of a long line become one line with its first time, a letter across the seam whole', async () => {
    const long = Buffer.from(`${'x'.repeat(16_383)}ü and more`);
    const first = Buffer.concat([Buffer.from(`${T1} `), long.subarray(0, 16_384)]);
    const second = Buffer.concat([Buffer.from(`${T2} `), long.subarray(16_384), Buffer.from('\n')]);
    const [line] = await all(
      framedLines(inChunks(Buffer.concat([frame(1, first), frame(2, `${T2} between\n`), frame(1, second)]), 5_000)),
    ).then((lines) => lines.filter(({ stream }) => stream === 'stdout'));
    expect(line).toEqual({ time: T1, stream: 'stdout', text: long.toString() });
  });

  it('without an end are given in parts, so that no line takes all memory', async () => {
    const frames = Array.from({ length: 40 }, () => frame(1, `${T1} ${'x'.repeat(16_384)}`));
    const lines = await all(framedLines(inChunks(Buffer.concat(frames), 50_000)));
    expect(lines.map(({ text }) => text.length)).toEqual([262_144, 262_144, 131_072]);
  });

  it('with times of another zone are told in UTC', async () => {
    const [line] = await all(framedLines(inChunks(frame(1, '2026-01-31T14:00:00.5+02:00 hello\n'), 100)));
    expect(line).toEqual({ time: '2026-01-31T12:00:00.500000000Z', stream: 'stdout', text: 'hello' });
  });

  it('with an error of the engine, and what is no frame, break the reading off', async () => {
    await expect(all(framedLines(inChunks(frame(3, 'error reading log'), 100)))).rejects.toThrow('the engine broke off: error reading log');
    await expect(all(framedLines(inChunks(Buffer.from('HTTP/1.1 500 what is this'), 100)))).rejects.toThrow('not in frames');
  });
});

describe('a terminal', () => {
  it.each([1, 5, 1_000_000])('gives its lines, read in chunks of %i bytes', async (size) => {
    const bytes = Buffer.from(`${T1} $ ls\r\n${T2} \u001b[32mgreen\u001b[0m\r\n${T2} $ `);
    expect(await all(rawLines(inChunks(bytes, size)))).toEqual([
      { time: T1, stream: 'stdout', text: '$ ls' },
      { time: T2, stream: 'stdout', text: '\u001b[32mgreen\u001b[0m' },
      { time: T2, stream: 'stdout', text: '$ ' },
    ]);
  });

  it.each([100, 1_000_000])('gives a long line without the times at its seams, read in chunks of %i bytes', async (size) => {
    const bytes = Buffer.from(`${T1} ${'x'.repeat(16_384)}${T2} y\r\n${T2} next\r\n`);
    expect(await all(rawLines(inChunks(bytes, size)))).toEqual([
      { time: T1, stream: 'stdout', text: `${'x'.repeat(16_384)}y` },
      { time: T2, stream: 'stdout', text: 'next' },
    ]);
  });
});

describe('a real engine', () => {
  let runner: Runner;
  beforeAll(async () => {
    runner = await definitionRunner();
  });
  afterAll(() => runner.dispose());
  const textsOf = async (program: string, fields: object): Promise<string[]> => {
    const { id } = await runner.run(program, fields);
    const query = { since: null, tail: null, follow: false };
    return (await all(runner.engine.logs(id, query, AbortSignal.timeout(RUN_LIMIT_MS)))).map(({ text }) => text);
  };

  it('gives the lines of a container with a terminal, long ones whole', async () => {
    const program = "console.log('one'); console.error('two'); console.log('y'.repeat(40_000)); console.log('end')";
    expect(await textsOf(program, { pseudoTerminal: true })).toEqual(['one', 'two', 'y'.repeat(40_000), 'end']);
  });

  it('gives a line of 40,000 letters whole', async () => {
    expect(await textsOf("console.log('ü'.repeat(40_000))", {})).toEqual(['ü'.repeat(40_000)]);
  });

  it('says of a driver that keeps nothing that its log can not be read', async () => {
    const made = runner.specOf({ 'x-longshore': { logging: { driver: 'none' } } });
    const { container } = await runner.create(made);
    const query = { since: null, tail: null, follow: false };
    expect((await runner.start(made, container?.id ?? '')).error).toBeNull();
    await expect(all(runner.engine.logs(container?.id ?? '', query, AbortSignal.timeout(RUN_LIMIT_MS)))).rejects.toMatchObject({
      code: LOG_UNREADABLE,
      message: "its log driver none can't be read back: look where that driver sends it",
    });
  });

  it('leaves no value of a secret variable or file in the evidence, and says why a container could not start', async () => {
    const environment = [
      { name: 'PASSWORD', value: 'p4ss-word!' },
      { name: 'MODE', value: 'blue-mode' },
    ];
    const { id } = await runner.run('console.log(process.env.PASSWORD, process.env.MODE)', { environment });
    const textOf = async (variables: readonly string[] | null) =>
      (await runner.engine.evidence(id, { variables, files: [] }, AbortSignal.timeout(RUN_LIMIT_MS)))?.log.map(({ text }) => text);
    expect(await textOf(['PASSWORD'])).toEqual(['*** blue-mode']);
    expect(await textOf(null)).toEqual(['*** ***']);
    const key = ['-----BEGIN KEY-----', 'bGluZSBvbmU=', '-----END KEY-----'];
    const program = `const text = ${JSON.stringify(key.join('\n'))}; require('node:fs').writeFileSync('/tmp/key', text); console.log('loaded ' + text);`;
    const { id: reader } = await runner.run(program, {});
    const leftBy = async (files: readonly string[]) => {
      const left = await runner.engine.evidence(reader, { variables: [], files }, AbortSignal.timeout(RUN_LIMIT_MS));
      return [left?.log.map(({ text }) => text), left?.logMissing];
    };
    expect(await leftBy([])).toEqual([[`loaded ${key[0]}`, key[1], key[2]], null]);
    expect(await leftBy(['/tmp/key'])).toEqual([['loaded ***', '***', '***'], null]);
    expect(await leftBy(['/gone'])).toEqual([[], expect.stringContaining('can not be read any more')]);
    const made = runner.specOf({ entryPoint: ['/no/such/program'] });
    const { container } = await runner.create(made);
    await runner.start(made, container?.id ?? '');
    const found = await runner.engine.evidence(container?.id ?? '', { variables: [], files: [] }, AbortSignal.timeout(RUN_LIMIT_MS));
    expect(found?.error).toContain('/no/such/program');
  });
});
