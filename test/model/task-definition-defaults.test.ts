import { describe, expect, it } from 'vitest';
import { readFileSync, readdirSync } from 'node:fs';
import { parseAllDocuments } from 'yaml';
import { TaskDefinition } from '../../src/model/task/task-definition.ts';
import { bareOf, isObject, notesOf } from '../../src/model/keys.ts';
import { containerSpec } from '../../src/core/task/container.ts';
import { defaultsOf } from './defaults.ts';
import { identity } from '../build.ts';
import { isEssential } from '../../src/model/task/container-definition.ts';
import { load } from '../../src/manifest/load.ts';
import { sourceFile } from '../manifest/story.ts';
import type { z } from 'zod';

const GOLDEN = new URL('../manifest/golden/', import.meta.url);

/** From the specification: section, place, default. */
const ROWS: readonly (readonly [section: string, place: string, value: unknown])[] = [
  ['1.2', 'networkMode', 'bridge'],
  ['1.2', 'runtimePlatform.cpuArchitecture', 'X86_64'],
  ['1.2', 'runtimePlatform.operatingSystemFamily', 'LINUX'],
  ['1.2', 'proxyConfiguration.type', 'APPMESH'],
  ['1.2', 'enableFaultInjection', false],
  ['1.9', 'volumes.dockerVolumeConfiguration.scope', 'task'],
  ['1.9', 'volumes.dockerVolumeConfiguration.autoprovision', false],
  ['1.9', 'volumes.dockerVolumeConfiguration.driver', 'local'],
  ['1.9', 'volumes.efsVolumeConfiguration.rootDirectory', '/'],
  ['1.9', 'volumes.efsVolumeConfiguration.transitEncryption', 'DISABLED'],
  ['1.9', 'volumes.efsVolumeConfiguration.authorizationConfig.iam', 'DISABLED'],
  ['1.9', 'volumes.s3filesVolumeConfiguration.rootDirectory', '/'],
  ['1.9', 'volumes.configuredAtLaunch', false],
  ['1.4', 'containerDefinitions.versionConsistency', 'enabled'],
  ['1.4', 'containerDefinitions.cpu', 0],
  ['1.4', 'containerDefinitions.essential', true],
  ['1.4', 'containerDefinitions.privileged', false],
  ['1.4', 'containerDefinitions.readonlyRootFilesystem', false],
  ['1.4', 'containerDefinitions.disableNetworking', false],
  ['1.4', 'containerDefinitions.interactive', false],
  ['1.4', 'containerDefinitions.pseudoTerminal', false],
  ['1.4', 'containerDefinitions.mountPoints.readOnly', false],
  ['1.4', 'containerDefinitions.volumesFrom.readOnly', false],
  ['1.4', 'containerDefinitions.linuxParameters.devices.permissions', ['read', 'write', 'mknod']],
  ['1.4', 'containerDefinitions.linuxParameters.initProcessEnabled', false],
  ['1.4', 'containerDefinitions.linuxParameters.swappiness', 60],
  ['1.5', 'containerDefinitions.restartPolicy.restartAttemptPeriod', 300],
  ['1.5', 'containerDefinitions.startTimeout', 0],
  ['1.5', 'containerDefinitions.stopTimeout', 30],
  ['1.5', 'containerDefinitions.healthCheck.interval', 30],
  ['1.5', 'containerDefinitions.healthCheck.timeout', 5],
  ['1.5', 'containerDefinitions.healthCheck.retries', 3],
  ['1.5', 'containerDefinitions.healthCheck.startPeriod', 0],
  ['1.6', 'containerDefinitions.portMappings.hostPort', 0],
  ['1.6', 'containerDefinitions.portMappings.protocol', 'tcp'],
];

const told = Object.entries(defaultsOf(TaskDefinition)).filter(([place]) => !place.includes('x-longshore'));

describe('the defaults of a task definition', () => {
  it.each(ROWS)('section %s: %s is %j', (_, place, value) => {
    expect(Object.fromEntries(told)[place]).toEqual(value);
  });

  it('are those of ECS and no other', () => {
    expect(told.map(([place]) => place).toSorted()).toEqual(ROWS.map(([, place]) => place).toSorted());
  });

  it('are what an engine is asked for when a container says nothing', () => {
    const container = {
      name: 'app',
      image: 'app:1',
      memory: 64,
      portMappings: [{ containerPort: 80 }],
      healthCheck: { command: ['CMD', 'x'] },
    };
    const spec = containerSpec(container, { family: 'web', containerDefinitions: [container] }, identity(), 'app:1');
    const meant = (place: string): unknown => Object.fromEntries(told)[`containerDefinitions.${place}`];
    expect(isEssential(container)).toBe(meant('essential'));
    expect(spec.stopTimeoutSeconds).toBe(meant('stopTimeout'));
    expect(spec.readonlyRootFilesystem).toBe(meant('readonlyRootFilesystem'));
    expect(spec.ports).toEqual([{ containerPort: 80, hostPort: meant('portMappings.hostPort'), protocol: meant('portMappings.protocol') }]);
    expect(spec.healthCheck).toEqual({
      command: ['CMD', 'x'],
      interval: meant('healthCheck.interval'),
      timeout: meant('healthCheck.timeout'),
      retries: meant('healthCheck.retries'),
      startPeriod: meant('healthCheck.startPeriod'),
    });
    const bare = { ...container, healthCheck: { command: ['check', '-q'] } };
    expect(containerSpec(bare, { family: 'web', containerDefinitions: [bare] }, identity(), 'app:1').healthCheck?.command).toEqual([
      'CMD',
      'check',
      '-q',
    ]);
    // the least shares that the kernel takes stand for the 0 of ECS (spec 1.3)
    expect(spec.cpuShares).toBe(2);
  });
});

const EMPTY = `kind: TaskDefinition
family: web
networkMode: bridge
requiresCompatibilities: [EC2]
runtimePlatform: { cpuArchitecture: X86_64, operatingSystemFamily: LINUX }
taskRoleArn: ""
executionRoleArn: ""
enableFaultInjection: false
inferenceAccelerators: []
placementConstraints: []
tags: []
volumes: [{ name: data, host: {} }]
containerDefinitions:
  - name: app
    image: app:1
    memory: 64
    versionConsistency: enabled
    restartPolicy: { enabled: false }
    dependsOn: []
    startTimeout: 0
    environmentFiles: []
    secrets: []
    privileged: false
    mountPoints: []
    volumesFrom: []
    links: []
    dnsServers: []
    dnsSearchDomains: []
    extraHosts: []
    disableNetworking: false
    linuxParameters: { capabilities: { add: [], drop: [] }, devices: [], initProcessEnabled: false, tmpfs: [], swappiness: 60 }
    ulimits: []
    systemControls: []
    resourceRequirements: []
    interactive: false
    pseudoTerminal: false
    dockerSecurityOptions: []
    credentialSpecs: []
`;

describe('every field of a task definition', () => {
  it('asks for nothing when it is empty or says what is so anyway', () => {
    expect(load([sourceFile('web.yaml', EMPTY)], 'c', { deploys: true }).problems).toEqual([]);
  });

  it('has a golden hash, unless no document that has it is accepted', () => {
    const text = readdirSync(GOLDEN)
      .filter((name) => name.endsWith('.yaml'))
      .map((name) => readFileSync(new URL(name, GOLDEN), 'utf8'));
    const documents = text.flatMap((each) => parseAllDocuments(each)).map((document) => document.toJS() as Record<string, unknown>);
    const written = new Set(documents.filter(({ kind }) => kind === 'TaskDefinition').flatMap((document) => writtenIn(document, '')));
    const missing = acceptedIn(TaskDefinition, '').filter((place) => !written.has(place));
    expect(missing).toEqual([]);
  });
});

/** Places of a document, without the positions in lists. */
function writtenIn(value: unknown, place: string): string[] {
  if (Array.isArray(value)) return value.flatMap((item) => writtenIn(item, place));
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([key, inner]) => [`${place}.${key}`, ...writtenIn(inner, `${place}.${key}`)]);
}

/** Places of a schema without those that are always refused. */
function acceptedIn(schema: z.core.$ZodType, place: string): string[] {
  const bare = bareOf(schema);
  const def = bare?._zod.def;
  if (def?.type === 'array') return acceptedIn((def as z.core.$ZodArrayDef).element, place);
  if (!isObject(bare)) return [];
  return Object.entries(bare._zod.def.shape).flatMap(([key, field]) =>
    notesOf(field).fate?.fate === 'refused' ? [] : [`${place}.${key}`, ...acceptedIn(field, `${place}.${key}`)],
  );
}
