// Hooks of capacity providers: real programs and a real server, what they are asked and what becomes of each kind of answer.
import { createServer } from 'node:http';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { capacityHooks } from '../../../src/adapters/capacity/hook.ts';
import type { CapacityCall } from '../../../src/model/cluster/capacity-hook.ts';

const SHARED = { hook: 'burst', provider: 'burst', cluster: 'shop', because: 'burst needs 2 more instances', timeoutSeconds: 5 };
const OUT: CapacityCall = { ...SHARED, kind: 'scale-out', key: 'scale-out/burst/1', count: 2 };
const IN: CapacityCall = {
  ...SHARED,
  kind: 'scale-in',
  key: 'scale-in/burst/vm1/5',
  instance: { name: 'vm1', endpoint: 'ssh://10.0.0.7' },
};
const VM = { name: 'vm1', endpoint: 'ssh://10.0.0.7', attributes: [{ name: 'size', value: 'large' }] };
const folder = mkdtempSync(join(tmpdir(), 'longshore-hook-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

async function ran(script: string, call = OUT, signal = AbortSignal.timeout(5_000)) {
  return capacityHooks([{ name: 'burst', command: ['sh', '-c', script] }]).call(call, signal);
}

describe('a command', () => {
  test('reads the request and answers instances', async () => {
    const seen = join(folder, 'seen');
    const result = await ran(`cat > ${seen}; echo '${JSON.stringify({ instances: [VM], more: 1 })}'`);
    expect(result).toEqual({ error: null, instances: [VM] });
    expect(JSON.parse(readFileSync(seen, 'utf8'))).toEqual({
      version: 1,
      action: 'scale-out',
      key: 'scale-out/burst/1',
      capacityProvider: 'burst',
      cluster: 'shop',
      count: 2,
    });
  });

  test('gives an instance back, whatever it prints', async () => {
    const seen = join(folder, 'in');
    expect(await ran(`cat > ${seen}; echo gone`, IN)).toEqual({ error: null, instances: [] });
    expect(JSON.parse(readFileSync(seen, 'utf8'))).toMatchObject({
      action: 'scale-in',
      instances: [{ name: 'vm1', endpoint: 'ssh://10.0.0.7' }],
    });
  });

  test.each<[string, string, string]>([
    ['that fails says why in its last line', 'echo "password=1" >&2; echo "no quota" >&2; exit 3', 'sh ended with 3: no quota'],
    ['that prints no JSON', 'echo secret', 'its answer is no JSON'],
    [
      'that prints something else',
      `echo '{"instances":[{"name":"vm1","password":"x"}]}'`,
      'its answer is not as agreed: instances.0.endpoint is wrong or missing',
    ],
    ['that has made nothing', `echo '{"instances":[]}'`, 'its answer has no instance'],
    ['that prints without end', 'yes', 'it could not be asked: it printed more than 1000000 characters'],
  ])('%s', async (_, script, message) => {
    expect(await ran(script)).toEqual({ error: { code: 'Failed', message }, instances: [] });
  });

  test('that does not exist', async () => {
    const hooks = capacityHooks([{ name: 'burst', command: ['/nowhere/hook'] }]);
    expect((await hooks.call(OUT, AbortSignal.timeout(5_000))).error).toEqual({
      code: 'Failed',
      message: 'it could not be asked: spawn /nowhere/hook ENOENT',
    });
  });

  test('that hangs ends with its time, and what it started as well', async () => {
    const mark = join(folder, 'late');
    const result = await ran(`(sleep 0.6; touch ${mark}) & sleep 60`, OUT, AbortSignal.timeout(200));
    expect(result.error?.code).toBe('Timeout');
    await new Promise((resolve) => setTimeout(resolve, 700));
    expect(() => readFileSync(mark)).toThrow('ENOENT');
  });
});

describe('an address', () => {
  const asked: { headers: NodeJS.Dict<string | string[]>; body: string }[] = [];
  let answers: { status: number; body: string } = { status: 200, body: '' };
  const server = createServer((request, response) => {
    let body = '';
    request.on('data', (part: Buffer) => (body += part.toString()));
    request.on('end', () => {
      asked.push({ headers: request.headers, body });
      response.writeHead(answers.status).end(answers.body);
    });
  });
  let url = '';
  beforeAll(async () => {
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/scale`;
  });
  afterAll(() => server.close());

  test('is posted the request, with its token and its key', async () => {
    const tokenFile = join(folder, 'token');
    writeFileSync(tokenFile, 'abc\n');
    answers = { status: 200, body: JSON.stringify({ instances: [VM] }) };
    const result = await capacityHooks([{ name: 'burst', url, tokenFile }]).call(OUT, AbortSignal.timeout(5_000));
    expect(result).toEqual({ error: null, instances: [VM] });
    expect(asked.at(-1)?.headers).toMatchObject({ authorization: 'Bearer abc', 'idempotency-key': 'scale-out/burst/1' });
    expect(JSON.parse(asked.at(-1)?.body ?? '')).toMatchObject({ action: 'scale-out', count: 2 });
  });

  test('that refuses is told by its status alone', async () => {
    answers = { status: 507, body: 'the token is abc' };
    const result = await capacityHooks([{ name: 'burst', url }]).call(OUT, AbortSignal.timeout(5_000));
    expect(result.error).toEqual({ code: 'Failed', message: 'its address answers 507' });
  });
});
