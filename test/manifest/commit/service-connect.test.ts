// Whose namespace the names of a service are in: its own, else that of its cluster.
import { expect, test } from 'vitest';
import { load } from '../../../src/manifest/load.ts';
import { serviceNames } from '../../../src/core/network/names.ts';
import { sourceFile } from '../story.ts';

const WEB = `kind: TaskDefinition
family: web
containerDefinitions:
  - { name: app, image: app:1, memory: 64, portMappings: [{ name: http, containerPort: 80 }] }
---
kind: Service
serviceName: web
cluster: shop
taskDefinition: web
desiredCount: 1
`;

/** The names of `web`, and the hash whose change starts a deployment. */
function webOf(connect: string, cluster: string): { readonly names: readonly string[]; readonly hash: string } {
  const text = `${WEB}serviceConnectConfiguration: ${connect}\n---\nkind: Cluster\nclusterName: shop\n${cluster}`;
  const { desired, problems } = load([sourceFile('web.yaml', text)], 'c1');
  const [service] = [...(desired?.services.values() ?? [])];
  const definition = desired?.taskDefinitions.get('web')?.spec;
  if (service === undefined || definition === undefined) throw new Error(problems.map(({ message }) => message).join('\n'));
  return { names: serviceNames(service, definition).map(({ name }) => name), hash: service.hash };
}

const DEFAULTS = 'serviceConnectDefaults: { namespace: corp }\n';
const OWN = '{ enabled: true, namespace: own, services: [{ portName: http }] }';
const NONE = '{ enabled: true, services: [{ portName: http }] }';

test.each([
  ['its own', OWN, DEFAULTS, ['http', 'http.own']],
  ['that of its cluster', NONE, DEFAULTS, ['http', 'http.corp']],
  ['none, since it takes no part', '{ enabled: false }', DEFAULTS, []],
])('%s', (_name, connect, cluster, names) => expect(webOf(connect, cluster).names).toEqual(names));

test('another default brings other names with a deployment, and changes nothing for who names a namespace', () => {
  const other = DEFAULTS.replace('corp', 'lab');
  expect(webOf(NONE, other).hash).not.toBe(webOf(NONE, DEFAULTS).hash);
  expect(webOf(OWN, other).hash).toBe(webOf(OWN, DEFAULTS).hash);
});
