// A place for a test of the command line: a folder with manifests, a real git repository, a state folder, and a door that a test opens.
import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { stopProxy } from '../../src/adapters/proxy/supervisor.ts';
import { serveDoor } from '../../src/api/server.ts';
import type { FakeDoor } from '../api/fake-door.ts';
import type { OpenDoor } from '../../src/api/server.ts';

export interface Place {
  readonly repository: string;
  readonly state: string;
  /** Runs git in the repository; returns its output, trimmed. */
  git(...words: string[]): string;
  /** Writes a file of the repository. */
  write(path: string, text: string): void;
  /** Commits everything; returns the commit's full name. */
  commit(message: string): string;
  /** Serves `door` on the socket of the state folder until the place is left, or somebody asks it to stop. */
  open(door: FakeDoor): Promise<OpenDoor>;
  leave(): Promise<void>;
}

/** The manifests of one web service. */
export function web(options: { image?: string; count?: number; extra?: string } = {}): string {
  return `kind: TaskDefinition
family: web
containerDefinitions:
  - name: main
    image: ${options.image ?? 'web:1'}
    memory: 64
---
kind: Service
serviceName: web
taskDefinition: web
desiredCount: ${options.count ?? 2}
${options.extra ?? ''}`;
}

/** Makes a place with an empty repository. */
export function makePlace(): Place {
  const root = mkdtempSync(join(tmpdir(), 'cli-'));
  const repository = join(root, 'repository');
  const state = join(root, 'state');
  mkdirSync(repository);
  mkdirSync(state, { mode: 0o700 });
  const git = (...words: string[]): string =>
    execFileSync('git', ['-c', 'user.name=Test', '-c', 'user.email=test@example.invalid', ...words], {
      cwd: repository,
      encoding: 'utf8',
      env: { PATH: process.env['PATH'], HOME: root, GIT_CONFIG_NOSYSTEM: '1' },
      stdio: ['ignore', 'pipe', 'pipe'],
    }).trim();
  git('init', '--quiet', '--initial-branch=main');
  const doors: OpenDoor[] = [];
  return {
    repository,
    state,
    git,
    write: (path, text) => writeFileSync(join(repository, path), text),
    commit: (message) => {
      git('add', '--all');
      git('commit', '--quiet', '--allow-empty', '--message', message);
      return git('rev-parse', 'HEAD');
    },
    open: async (door) => {
      const options = { socketPath: join(state, 'longshore.sock'), metricsPort: null, version: '0.1.0' };
      const opened = await serveDoor(door, { ...options, stop: () => void opened.close() });
      doors.push(opened);
      return opened;
    },
    leave: async () => {
      for (const door of doors) await door.close();
      await stopProxy(join(state, 'proxy.sock')); // a daemon leaves its proxy running
      rmSync(root, { recursive: true, force: true });
    },
  };
}
