// Runs containers of manifests' own fields on a real engine: the core translates them, the adapter asks the engine, and what the container
// prints is what it sees.
import { expect } from 'vitest';
import { callEngine } from '../../scripts/engine.mjs';
import { ContainerDefinition } from '../../src/model/task/container-definition.ts';
import type { ContainerIdentity } from '../../src/model/turn/observed.ts';
import type { EfsConfig } from '../../src/model/task/file-system.ts';
import type { ContainerSpec } from '../../src/model/turn/plan.ts';
import type { ActResult, Engine } from '../../src/daemon/ports.ts';
import { TaskDefinition } from '../../src/model/task/task-definition.ts';
import { containerName, networkName } from '../../src/model/turn/identity.ts';
import { containerSpec } from '../../src/core/task/container.ts';
import { hashOf } from '../../src/std/hash.ts';
import { engineAt } from './docker-harness.ts';
import { engineForTests, engineJson, newInstallation, removeInstallation } from './engine.ts';
import { IMAGE } from './images.ts';
import { BRIDGE } from '../../src/model/task/container-network.ts';

export const RUN_LIMIT_MS = 30_000;

/** A container as its definition makes it. */
export interface Made {
  readonly spec: ContainerSpec;
  readonly identity: ContainerIdentity;
}

/** What a container that has run to its end leaves behind. */
export interface Ran {
  readonly id: string;
  readonly output: string;
  readonly host: Record<string, unknown>;
}

export interface Runner {
  readonly engine: Engine;
  readonly socketPath: string;
  readonly installation: string;
  /** The spec of a container with these fields, in a task with those; each call is another task unless `slot` names one. */
  specOf(fields: object, task?: object, slot?: number): Made;
  create(made: Made): Promise<ActResult>;
  start(made: Made, id: string): Promise<ActResult>;
  /** Runs `program` (JavaScript) in a container with these fields to its end. */
  run(program: string, fields?: object, task?: object, slot?: number): Promise<Ran>;
  dispose(): Promise<void>;
}

/** A runner with an installation of its own on the engine of the tests. `efs`: where its file systems are. */
export async function definitionRunner(efs?: EfsConfig): Promise<Runner> {
  const socketPath = await engineForTests();
  const installation = newInstallation();
  const engine = engineAt(socketPath, installation);
  const ownNetwork = networkName(installation, 'default');
  let networking: Promise<ActResult> | null = null;
  let slots = 0;
  const identity = (slot: number, container: string): ContainerIdentity => ({
    ...{ installation, cluster: 'default', service: 'web', task: hashOf([installation, slot]), taskSet: 'set', deployment: 'deployment' },
    ...{ revision: 'web:1', specHash: 'v1:spec', serviceHash: 'v1:service', container, slot, attempt: 1, targets: [], essential: true },
  });
  const baseOf = (made: Made) => ({ because: 'a test asks for it', instance: 'contract', identity: made.identity });
  const signal = (): AbortSignal => AbortSignal.timeout(RUN_LIMIT_MS);
  const runner: Runner = {
    engine,
    socketPath,
    installation,
    specOf: (fields, task = {}, slot = slots++) => {
      const definition = ContainerDefinition.parse({ name: 'app', image: IMAGE, memory: 128, ...fields });
      const parsed = TaskDefinition.parse({ family: 'web', ...task, containerDefinitions: [definition] });
      const whose = identity(slot, definition.name);
      return {
        spec: containerSpec(definition, parsed, whose, IMAGE, { loadBalancers: [], names: [], groupNetworks: null, efs }),
        identity: whose,
      };
    },
    create: async (made) => {
      // An engine asked twice at the same time makes two networks of one name; the daemon asks once for a key.
      networking ??= engine.act(
        { ...baseOf(made), key: 'network', kind: 'create-network', network: ownNetwork, cluster: 'default', options: BRIDGE },
        signal(),
      );
      await networking;
      const name = containerName(made.identity);
      return engine.act({ ...baseOf(made), key: 'create', kind: 'create-container', name, spec: made.spec }, signal());
    },
    start: (made, id) =>
      engine.act({ ...baseOf(made), key: 'start', kind: 'start-container', container: id, further: [], files: [] }, signal()),
    run: async (program, fields = {}, task = {}, slot = slots++) => {
      const made = runner.specOf({ entryPoint: ['/usr/bin/node', '-e', program], command: [], ...fields }, task, slot);
      const created = await runner.create(made);
      expect(created.error).toBeNull();
      const id = created.container?.id ?? '';
      expect((await runner.start(made, id)).error).toBeNull();
      await engineJson(socketPath, `/containers/${id}/wait`, 'POST');
      const { HostConfig } = await engineJson<{ HostConfig: Record<string, unknown> }>(socketPath, `/containers/${id}/json`);
      const { body } = await callEngine(socketPath, `/containers/${id}/logs?stdout=1`, { limitMs: RUN_LIMIT_MS });
      // Without a terminal eight bytes of a head stand before the text.
      return { id, output: body.slice(body.indexOf('{')), host: HostConfig };
    },
    dispose: async () => {
      engine.close();
      await removeInstallation(socketPath, installation);
    },
  };
  return runner;
}
