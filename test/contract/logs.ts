// What every Engine promises of what containers write and leave behind, whoever it is.
import { expect, it } from 'vitest';
import type { Bench } from './engine.ts';
import type { ExecSession } from '../../src/daemon/ports.ts';
import type { LogLine, LogQuery } from '../../src/model/task/container-log.ts';

const ALL: LogQuery = { since: null, tail: null, follow: false };
const LIMIT_MS = 30_000;
/** The value of PASSWORD in the program that tells it. */
export const TOLD = 'correct-horse-battery-staple';

/** Registers the cases. */
export function logContract(bench: () => Bench): void {
  const read = async (container: string, query: Partial<LogQuery>, signal = AbortSignal.timeout(LIMIT_MS)): Promise<LogLine[]> => {
    const { harness } = bench();
    const lines: LogLine[] = [];
    const reading = async (): Promise<void> => {
      for await (const line of harness.engine.logs(container, { ...ALL, ...query }, signal)) lines.push(line);
    };
    await harness.settle(reading());
    return lines;
  };

  it('follows what a container writes until it ends, each line with its stream, in the order of their times', async () => {
    const { running, programs } = bench();
    const { id } = await running(programs.speaks);
    const lines = await read(id, { follow: true });
    expect(lines.map(({ stream, text }) => `${stream} ${text}`)).toEqual(['stdout one', 'stderr two', 'stdout three ü']);
    const times = lines.map(({ time }) => time);
    expect(times).toEqual([...times].sort());
    for (const time of times) expect(time).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{9}Z$/);
  });

  it('gives the newest lines of the past, or those since a moment, that moment included', async () => {
    const { running, programs } = bench();
    const { id } = await running(programs.speaks);
    const [, , last] = await read(id, { follow: true });
    expect((await read(id, { tail: 1 })).map(({ text }) => text)).toEqual(['three ü']);
    expect((await read(id, { tail: 0 })).map(({ text }) => text)).toEqual([]);
    expect((await read(id, { since: last?.time ?? '' })).at(-1)?.text).toBe('three ü');
    expect(await read(id, { since: '2999-01-01T00:00:00.000000000Z' })).toEqual([]);
  });

  it('has no lines of a container that has not started, and none of one that is gone', async () => {
    const { created, remove, programs } = bench();
    const view = await created(programs.serves);
    expect(await read(view.id, {})).toEqual([]);
    await remove(view);
    expect(await read(view.id, {})).toEqual([]);
  });

  it('ends when the container that is followed is removed', async () => {
    const { running, remove, programs } = bench();
    const view = await running(programs.serves);
    await Promise.all([read(view.id, { follow: true }), remove(view)]);
  });

  it('keeps the lines of an earlier life of a container', async () => {
    const { running, start, lastView, until, programs } = bench();
    const first = await running(programs.speaks);
    await until(() => typeof lastView(first.id)?.finishedAt === 'number', 'the first end as a change');
    await start(first);
    const lines = await read(first.id, { follow: true });
    expect(lines.map(({ text }) => text)).toEqual(['one', 'two', 'three ü', 'one', 'two', 'three ü']);
  });

  it('ends when nobody reads any more', async () => {
    const { running, programs } = bench();
    const { id } = await running(programs.serves);
    const left = new AbortController();
    const reading = read(id, { follow: true, tail: 0 }, left.signal);
    reading.catch(() => undefined);
    left.abort(new Error('the reader has left'));
    await expect(reading).rejects.toThrow();
  });
}

/** Registers the cases of what is left behind. */
export function evidenceContract(bench: () => Bench): void {
  const evidence = (container: string, variables: readonly string[] | null = []) => {
    const { harness } = bench();
    return harness.settle(harness.engine.evidence(container, { variables, files: [] }, AbortSignal.timeout(LIMIT_MS)));
  };

  it('tells what a container leaves behind: its end, its last lines', async () => {
    const { running, lastView, until, programs } = bench();
    const { id } = await running(programs.speaks);
    await until(() => lastView(id)?.state === 'exited', 'the exit as a change');
    const found = await evidence(id);
    expect(found).toMatchObject({ exitCode: 3, oomKilled: false, error: '', logMissing: null, health: [] });
    expect(found?.log.map(({ text }) => text)).toEqual(['one', 'two', 'three ü']);
    expect(found?.finishedAt).toBeGreaterThanOrEqual(found?.startedAt ?? Number.NaN);
  });

  it('tells what the checks of a container said', async () => {
    const { running, lastView, until, programs } = bench();
    const { id } = await running(programs.unhealthy, 0, { healthCheck: programs.unhealthy.healthCheck ?? null });
    await until(() => lastView(id)?.health === 'unhealthy', 'unhealthy as a change');
    const found = await evidence(id);
    expect(found?.health.at(-1)?.exitCode).not.toBe(0);
    expect(found?.health.at(-1)?.at).toBeGreaterThan(0);
  });

  it('keeps the values of secret variables to itself, of all where nobody knows which they are', async () => {
    const { running, lastView, until, programs } = bench();
    const { id } = await running(programs.tells);
    await until(() => lastView(id)?.state === 'exited', 'the exit as a change');
    const said = async (secrets: readonly string[] | null): Promise<readonly string[]> =>
      (await evidence(id, secrets))?.log.map(({ text }) => text) ?? [];
    expect(await said([])).toEqual([`the password is ${TOLD}`]);
    expect(await said(['OTHER'])).toEqual([`the password is ${TOLD}`]);
    expect(await said(['PASSWORD'])).toEqual(['the password is ***']);
    expect(await said(null)).toEqual(['the password is ***']);
  });

  it('tells why a container could not be started', async () => {
    const { created, start, programs } = bench();
    const view = await created(programs.badCommand);
    const { error } = await start(view);
    const found = await evidence(view.id);
    expect(found).toMatchObject({ exitCode: null, startedAt: null, finishedAt: null, log: [] });
    expect(found?.error).not.toBe('');
    expect(error?.message).not.toBe('');
  });

  it('tells nothing of a container that is gone, and little of one that never started', async () => {
    const { created, remove, programs } = bench();
    const view = await created(programs.serves);
    expect(await evidence(view.id)).toMatchObject({ exitCode: null, startedAt: null, log: [] });
    await remove(view);
    expect(await evidence(view.id)).toBeNull();
    const late = bench().harness.engine.evidence(view.id, { variables: [], files: [] }, AbortSignal.abort(new Error('the time is up')));
    await expect(bench().harness.settle(late)).rejects.toThrow('the time is up');
  });
}

/** Registers the cases of commands in running containers. */
export function execContract(bench: () => Bench): void {
  const text = async (session: ExecSession): Promise<string> => {
    let said = '';
    for await (const { stream, bytes } of session.output) if (stream === 'stdout') said += Buffer.from(bytes).toString();
    return said;
  };

  it('runs a command in a running container: what it is sent, its output, its exit code', async () => {
    const { harness, running, programs } = bench();
    const { id } = await running(programs.serves);
    const signal = AbortSignal.timeout(LIMIT_MS);
    const request = { command: harness.echoes, stdin: true, tty: false, columns: 80, rows: 24 };
    const session = await harness.settle(harness.engine.exec(id, request, signal));
    const saying = text(session);
    await session.write(Buffer.from('one ü\n'));
    await session.write(Buffer.from('two\n'));
    session.end();
    expect(await harness.settle(saying)).toBe('one ü\ntwo\n');
    expect(await harness.settle(session.exitCode())).toBe(5);
    session.close();
  });

  it('refuses a command in a container that does not run', async () => {
    const { harness, created, programs } = bench();
    const { id } = await created(programs.serves);
    const request = { command: harness.echoes, stdin: false, tty: false, columns: 80, rows: 24 };
    await expect(harness.settle(harness.engine.exec(id, request, AbortSignal.timeout(LIMIT_MS)))).rejects.toThrow(/is not running/);
  });

  it('ends a session when its signal aborts', async () => {
    const { harness, running, programs } = bench();
    const { id } = await running(programs.serves);
    const left = new AbortController();
    const request = { command: harness.echoes, stdin: true, tty: true, columns: 80, rows: 24 };
    const session = await harness.settle(harness.engine.exec(id, request, left.signal));
    await session.resize(100, 30);
    const saying = text(session);
    saying.catch(() => undefined);
    left.abort(new Error('the client has left'));
    await harness.settle(saying.catch(() => ''));
  });
}
