// Real git repositories in a temporary folder, made by the real git with a fixed identity and no configuration of this machine.
import { execFileSync, spawn } from 'node:child_process';
import { createServer } from 'node:http';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { gitRepository } from '../../../src/adapters/git/repository.ts';
import type { RepositoryOptions } from '../../../src/adapters/git/repository.ts';
import type { Log, Repository } from '../../../src/daemon/ports.ts';

export interface LogLine {
  readonly level: string;
  readonly message: string;
  readonly fields: Readonly<Record<string, unknown>>;
}

export interface Workshop {
  /** The temporary folder. */
  readonly root: string;
  readonly lines: LogLine[];
  /** Runs git in `folder` (below the root) and gives its output, trimmed. */
  git(folder: string, ...args: readonly string[]): string;
  /** The same with `input` on its standard input. */
  gitWith(input: string | Buffer, folder: string, ...args: readonly string[]): string;
  /** A work tree at `name` on branch main, without commits. */
  workTree(name: string): string;
  write(path: string, content: string | Uint8Array): void;
  /** Writes `files` and commits them, nothing more; gives the commit. */
  commit(folder: string, files: Readonly<Record<string, string | Uint8Array>>): string;
  /** A repository over a path below the root or a URL, closed at the end. */
  open(url: string, options?: Partial<RepositoryOptions>): Repository;
  dispose(): void;
}

const IDENTITY = {
  GIT_AUTHOR_NAME: 'Test',
  GIT_AUTHOR_EMAIL: 'test@example.com',
  GIT_COMMITTER_NAME: 'Test',
  GIT_COMMITTER_EMAIL: 'test@example.com',
};

export function workshop(): Workshop {
  const root = realpathSync(mkdtempSync(join(tmpdir(), 'longshore-git-')));
  const lines: LogLine[] = [];
  const log: Log = { write: (level, message, fields = {}) => void lines.push({ level, message, fields }) };
  const opened: Repository[] = [];
  const env = { PATH: process.env['PATH'], HOME: root, GIT_CONFIG_NOSYSTEM: '1', ...IDENTITY };
  const gitWith = (input: string | Buffer, folder: string, ...args: readonly string[]): string =>
    execFileSync('git', args, { cwd: join(root, folder), env, input, encoding: 'utf8', stdio: ['pipe', 'pipe', 'pipe'] }).trim();
  const git = (folder: string, ...args: readonly string[]): string => gitWith('', folder, ...args);
  const write = (path: string, content: string | Uint8Array): void => {
    mkdirSync(dirname(join(root, path)), { recursive: true });
    writeFileSync(join(root, path), content);
  };
  return {
    root,
    lines,
    git,
    gitWith,
    workTree: (name) => {
      mkdirSync(join(root, name), { recursive: true });
      git(name, 'init', '--quiet', '--initial-branch=main');
      return join(root, name);
    },
    write,
    commit: (folder, files) => {
      for (const [path, content] of Object.entries(files)) write(join(folder, path), content);
      git(folder, 'add', '--all');
      git(folder, 'commit', '--quiet', '--allow-empty', '--message=change');
      return git(folder, 'rev-parse', 'HEAD');
    },
    open: (url, options = {}) => {
      const remote = /^[a-z]+:\/\//.test(url);
      const repository = gitRepository({ url: remote ? url : join(root, url), stateFolder: join(root, 'state'), log, ...options });
      opened.push(repository);
      return repository;
    },
    dispose: () => {
      for (const repository of opened) repository.close();
      rmSync(root, { recursive: true, force: true });
    },
  };
}

export const signal = (ms = 20_000): AbortSignal => AbortSignal.timeout(ms);

/** Counts calls; `next` resolves at the first call after it was asked for. */
export function counter(): { readonly call: () => void; count(): number; next(): Promise<void> } {
  let calls = 0;
  let waiting: (() => void)[] = [];
  return {
    call: () => {
      calls++;
      for (const wake of waiting) wake();
      waiting = [];
    },
    count: () => calls,
    next: () => new Promise((resolve) => waiting.push(resolve)),
  };
}

/** Asks until `answer` holds; the test's own time limit ends it otherwise. */
export async function until(answer: () => boolean | Promise<boolean>): Promise<void> {
  while (!(await answer())) await new Promise((resolve) => setTimeout(resolve, 20));
}

export interface SmartServer {
  /** `http://127.0.0.1:port`. */
  readonly url: string;
  /** Requests that carried the right credentials, and others. */
  readonly counts: { admitted: number; refused: number };
  close(): Promise<void>;
}

/** Serves the repositories below `root` over git's smart HTTP protocol to who knows `user:password`. */
export async function smartServer(root: string, credentials: string): Promise<SmartServer> {
  const counts = { admitted: 0, refused: 0 };
  const expected = `Basic ${Buffer.from(credentials).toString('base64')}`;
  const server = createServer((request, response) => {
    if (request.headers.authorization !== expected) {
      counts.refused++;
      response.writeHead(401, { 'www-authenticate': 'Basic realm="git"' }).end();
      return;
    }
    counts.admitted++;
    backend(root, request, response);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    counts,
    close: () => new Promise((resolve) => server.close(() => resolve())),
  };
}

/** One request through git's CGI program. */
function backend(root: string, request: IncomingMessage, response: ServerResponse): void {
  const [path = '', query = ''] = (request.url ?? '').split('?');
  const env: Record<string, string | undefined> = {
    PATH: process.env['PATH'],
    HOME: root,
    GIT_PROJECT_ROOT: root,
    GIT_HTTP_EXPORT_ALL: '1',
    PATH_INFO: path,
    QUERY_STRING: query,
    REQUEST_METHOD: request.method,
    CONTENT_TYPE: request.headers['content-type'] ?? '',
    HTTP_CONTENT_ENCODING: request.headers['content-encoding'] ?? '',
    GIT_PROTOCOL: String(request.headers['git-protocol'] ?? ''),
  };
  const child = spawn('git', ['http-backend'], { env, stdio: ['pipe', 'pipe', 'inherit'] });
  request.pipe(child.stdin);
  const pieces: Buffer[] = [];
  child.stdout.on('data', (piece: Buffer) => pieces.push(piece));
  child.on('close', () => {
    const answer = Buffer.concat(pieces);
    const split = answer.indexOf('\r\n\r\n');
    let status = 200;
    for (const line of answer.toString('latin1', 0, split).split('\r\n')) {
      const [name = '', value = ''] = line.split(': ');
      if (name.toLowerCase() === 'status') status = Number.parseInt(value, 10);
      else response.setHeader(name, value);
    }
    response.writeHead(status).end(answer.subarray(split + 4));
  });
}
