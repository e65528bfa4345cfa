// What Compose asks of a project beyond the shape of its fields: what is named is defined, what excludes each other does not stand
// together, what says one thing twice says it alike. One function a rule; each looks at one service or one thing.
import { fieldOf, itself, neededVariable, scalarOf } from './shape.ts';
import { nearest } from '../../../std/text.ts';
import type { Mapping, Tree } from '../../text/tree.ts';
import type { ProblemCode } from '../../codes.ts';
import { isLost } from './unit.ts';
import type { Unit } from './unit.ts';

/** One service that is deployed. */
interface Service {
  readonly name: string;
  readonly tree: Mapping;
  readonly start: number;
}

type Tell = (code: ProblemCode, place: Tree | null, message: string, hint: string) => void;

/** Tells what is wrong with the services and the things of a project. `broken`: what was told already is not told again. */
export function checkProject(unit: Unit, project: Mapping, services: Mapping): void {
  for (const entry of services.entries) {
    if (entry.value.kind !== 'mapping') continue;
    const service: Service = { name: entry.key, tree: entry.value, start: entry.start };
    const broken = unit.broken.has(`services.${entry.key}`);
    const tell: Tell = (code, place, message, hint) => {
      const variable = place === null ? undefined : unit.unset.get(place.start);
      const offset = place === null ? entry.start : placeOf(place);
      if (variable === undefined) unit.faults.push({ code, offset, message, hint });
      else if (variable !== '') unit.faults.push(neededVariable(variable, offset, message));
    };
    if (!broken) {
      checkImage(service, tell);
      checkParts(service, tell);
    }
    checkReferences(service, project, unit, tell);
    checkExclusions(service, tell);
    checkTwins(service, tell);
    checkMounts(service, tell);
  }
  for (const section of ['secrets', 'configs'] as const) checkContents(unit, project, section);
  checkExternal(unit, project);
  checkModels(unit, project);
}

function placeOf(tree: Tree): number {
  return tree.kind === 'scalar' ? (tree.text ?? tree.start) : tree.start;
}

function checkImage({ name, tree }: Service, tell: Tell): void {
  const image = fieldOf(tree, 'image');
  const build = fieldOf(tree, 'build');
  if (fieldOf(tree, 'provider') !== null) return;
  const empty = image === null || itself(image) === '';
  if (empty && build === null) {
    tell('no-image', image, `services.${name} has neither an image nor a build`, 'add image: with the name of the image to run');
  } else if (empty) {
    const hint = `build the image, push it to a registry, and name it: image: registry.example.com/${name}:1.0`;
    tell('build-without-image', build, `services.${name} is built from source and has no image; Longshore builds nothing`, hint);
  } else if (build !== null) {
    const message = `services.${name} has a build beside its image: Longshore builds nothing and runs the image`;
    tell('build-ignored', build, message, 'push the image before you commit, and keep build for your own machine');
  }
}

/** Fields that must be there once all files are merged: one of them may give what another leaves out. */
function checkParts({ name, tree }: Service, tell: Tell): void {
  const depends = fieldOf(tree, 'depends_on');
  for (const { key, value } of depends?.kind === 'mapping' ? depends.entries : []) {
    if (fieldOf(value, 'condition') === null) {
      const hint = 'add condition: service_started, service_healthy or service_completed_successfully';
      tell('missing-field', value, `services.${name}.depends_on.${key} has no condition`, hint);
    }
  }
  const provider = fieldOf(tree, 'provider');
  if (provider !== null && fieldOf(provider, 'type') === null) {
    tell('missing-field', provider, `services.${name}.provider has no type`, 'add type');
  }
}

/** What a service names, and where it has to be defined. */
const REFERENCES = [
  { field: 'networks', section: 'networks', code: 'undefined-network', what: 'network' },
  { field: 'secrets', section: 'secrets', code: 'undefined-secret', what: 'secret' },
  { field: 'configs', section: 'configs', code: 'undefined-config', what: 'config' },
  { field: 'models', section: 'models', code: 'undefined-model', what: 'model' },
  { field: 'volumes', section: 'volumes', code: 'undefined-volume', what: 'volume' },
] as const;

function checkReferences({ name, tree }: Service, project: Mapping, unit: Unit, tell: Tell): void {
  for (const { field, section, code, what } of REFERENCES) {
    const defined = fieldOf(project, section);
    const names = new Set(defined?.kind === 'mapping' ? defined.entries.map(({ key }) => key) : []);
    for (const { key, place } of namesIn(tree, field)) {
      if (names.has(key) || isLost(unit, section, key) || (section === 'networks' && key === 'default')) continue;
      const meant = nearest(key, names);
      const hint = meant === null ? `add "${key}" under the top-level key ${section}` : `did you mean ${meant}?`;
      tell(code, place, `services.${name} names the ${what} "${key}", which is not defined`, hint);
    }
  }
}

function namesIn(service: Mapping, field: string): { key: string; place: Tree }[] {
  const value = fieldOf(service, field);
  if (value?.kind === 'mapping') {
    return value.entries.map((entry) => ({ key: entry.key, place: { ...entry.value, start: entry.start, kind: 'list', items: [] } }));
  }
  if (value?.kind !== 'list') return [];
  return value.items.flatMap((item) => {
    const source = fieldOf(item, 'source');
    if (source === null || (field === 'volumes' && scalarOf(item, 'type') !== 'volume')) return [];
    return itself(source) === '' ? [] : [{ key: itself(source), place: source }];
  });
}

function checkExclusions({ name, tree }: Service, tell: Tell): void {
  const networks = fieldOf(tree, 'networks');
  const networkMode = fieldOf(tree, 'network_mode');
  if (networkMode !== null && itself(networkMode) !== '' && networks?.kind === 'mapping' && networks.entries.length > 0) {
    const message = `services.${name} has network_mode and networks; only one of them can say where it is reached`;
    tell('fields-exclude-each-other', networkMode, message, 'remove one of the two');
  }
  const test = fieldOf(fieldOf(tree, 'healthcheck') ?? tree, 'test');
  const first = test?.kind === 'list' ? test.items[0] : undefined;
  if (first !== undefined && !['NONE', 'CMD', 'CMD-SHELL'].includes(itself(first))) {
    const message = `the test of services.${name} must begin with NONE, CMD or CMD-SHELL`;
    tell('bad-health-test', first, message, 'write ["CMD", "curl", ...], or the whole command as one text');
  }
  const count = scalarOf(tree, 'scale') ?? scalarOf(fieldOf(tree, 'deploy') ?? tree, 'replicas');
  const container = fieldOf(tree, 'container_name');
  if (container !== null && typeof count === 'number' && count > 1) {
    const message = `services.${name} has a container_name and runs ${count} times; two containers cannot have one name`;
    tell('fields-exclude-each-other', container, message, 'remove container_name');
  }
}

/** Fields of old files, and where newer ones write the same. */
const TWINS: readonly (readonly [old: string, path: readonly string[]])[] = [
  ['scale', ['replicas']],
  ['cpus', ['resources', 'limits', 'cpus']],
  ['mem_limit', ['resources', 'limits', 'memory']],
  ['pids_limit', ['resources', 'limits', 'pids']],
  ['mem_reservation', ['resources', 'reservations', 'memory']],
];

function checkTwins({ name, tree }: Service, tell: Tell): void {
  for (const [old, path] of TWINS) {
    const value = scalarOf(tree, old);
    const holder = path.slice(0, -1).reduce<Tree | null>((here, key) => here && fieldOf(here, key), fieldOf(tree, 'deploy'));
    const other = holder === null ? null : scalarOf(holder, path.at(-1) ?? '');
    // Compose takes limits without the field for 0; a project without it is none
    const both = holder !== null && (other !== null || path.length > 1);
    if (value === null || (value === 0 && old !== 'scale') || !both || value === (other ?? 0)) continue;
    const message = `services.${name} says ${old}: ${value} and deploy.${path.join('.')}: ${other ?? 'nothing'}`;
    tell('fields-disagree', fieldOf(tree, old), message, 'keep the one under deploy and remove the other');
  }
}

function checkMounts({ name, tree }: Service, tell: Tell): void {
  const seen = new Set<string>();
  const temporary = fieldOf(tree, 'tmpfs');
  const volumes = fieldOf(tree, 'volumes');
  const places = [
    ...(temporary?.kind === 'list' ? temporary.items.map((item) => ({ place: item, target: itself(item).split(':')[0] ?? '' })) : []),
    ...(volumes?.kind === 'list' ? volumes.items.map((item) => ({ place: item, target: String(scalarOf(item, 'target')) })) : []),
  ];
  for (const { place, target } of places) {
    if (seen.has(target)) tell('duplicate-mount', place, `services.${name} mounts ${target} twice`, 'remove one of the two');
    seen.add(target);
  }
}

/** A secret or a config has its text from exactly one place. */
function checkContents(unit: Unit, project: Mapping, section: 'secrets' | 'configs'): void {
  const things = fieldOf(project, section);
  const sources = section === 'secrets' ? ['file', 'environment'] : ['file', 'environment', 'content'];
  for (const { key, start, value } of things?.kind === 'mapping' ? things.entries : []) {
    if (unit.broken.has(`${section}.${key}`)) continue;
    const given = sources.filter((source) => fieldOf(value, source) !== null);
    if (given.length > 1) {
      const message = `${section}.${key} has ${given.join(' and ')}, each of which is its text`;
      unit.faults.push({ code: 'fields-exclude-each-other', offset: start, message, hint: 'keep one of them' });
    } else if (given.length === 0 && fieldOf(value, 'external') === null && fieldOf(value, 'driver') === null) {
      const message = `${section}.${key} does not say where its text comes from`;
      unit.faults.push({ code: 'no-content', offset: start, message, hint: `add ${sources.join(', ')} or external: true` });
    }
  }
}

/** A volume that others made takes no options. */
function checkExternal(unit: Unit, project: Mapping): void {
  const volumes = fieldOf(project, 'volumes');
  for (const { key, value } of volumes?.kind === 'mapping' ? volumes.entries : []) {
    if (value.kind !== 'mapping' || scalarOf(value, 'external') !== true) continue;
    const more = value.entries.find((entry) => entry.key !== 'external' && entry.key !== 'name' && !entry.key.startsWith('x-'));
    if (more === undefined) continue;
    const message = `volumes.${key} is external and has ${more.key}, which only whoever makes it can say`;
    unit.faults.push({ code: 'fields-exclude-each-other', offset: more.start, message, hint: `remove ${more.key}, or external` });
  }
}

function checkModels(unit: Unit, project: Mapping): void {
  const models = fieldOf(project, 'models');
  for (const { key, start, value } of models?.kind === 'mapping' ? models.entries : []) {
    if (fieldOf(value, 'model') !== null || unit.broken.has(`models.${key}`)) continue;
    unit.faults.push({ code: 'missing-field', offset: start, message: `models.${key} has no model`, hint: 'add model' });
  }
}
