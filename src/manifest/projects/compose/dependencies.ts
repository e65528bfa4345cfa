// What services wait for: `depends_on`, and what follows from links, volumes_from and shared namespaces, as Compose adds it. A service
// that only may be there (required: false) and is not active is no dependency.
import { fieldOf, itself, mappingAt, scalarOf } from './shape.ts';
import { nearest } from '../../../std/text.ts';
import type { Entry, Mapping, Tree } from '../../text/tree.ts';
import { isLost } from './unit.ts';
import type { Unit } from './unit.ts';

/** Names of a project's services. */
export interface Names {
  readonly active: ReadonlySet<string>;
  readonly inactive: ReadonlySet<string>;
}

const NAMESPACES = ['network_mode', 'ipc', 'pid', 'uts', 'cgroup'] as const;

/** A service with all that it waits for; what is not there is told and left out. */
export function withDependencies(unit: Unit, service: Mapping, name: string, names: Names): Mapping {
  const written = fieldOf(service, 'depends_on');
  const all = new Map<string, Entry>();
  for (const entry of written?.kind === 'mapping' ? written.entries : []) all.set(entry.key, entry);
  for (const entry of impliedBy(service)) if (!all.has(entry.key)) all.set(entry.key, entry);
  const entries = [...all.values()].filter((entry) => isThere(unit, entry, name, names));
  const rest = service.entries.filter(({ key }) => key !== 'depends_on');
  if (entries.length === 0) return { ...service, entries: rest };
  const { start, end } = written ?? service;
  const place = service.entries.find(({ key }) => key === 'depends_on')?.start ?? entries[0]?.start ?? start;
  return { ...service, entries: [...rest, { key: 'depends_on', start: place, value: { kind: 'mapping', entries, start, end } }] };
}

function impliedBy(service: Mapping): Entry[] {
  const links = itemsOf(service, 'links').map((item) => implied(item, itself(item).split(':')[0] ?? '', true));
  const volumes = itemsOf(service, 'volumes_from')
    .filter((item) => !itself(item).startsWith('container:'))
    .map((item) => implied(item, itself(item).split(':')[0] ?? '', false));
  const shared = NAMESPACES.flatMap((key) => {
    const value = fieldOf(service, key);
    return value !== null && itself(value).startsWith('service:') ? [implied(value, itself(value).slice('service:'.length), true)] : [];
  });
  return [...links, ...shared, ...volumes];
}

function implied(place: Tree, name: string, restart: boolean): Entry {
  return { key: name, start: place.start, value: mappingAt(place, { condition: 'service_started', restart, required: true }) };
}

function itemsOf(service: Mapping, key: string): readonly Tree[] {
  const found = fieldOf(service, key);
  return found?.kind === 'list' ? found.items : [];
}

function isThere(unit: Unit, entry: Entry, name: string, { active, inactive }: Names): boolean {
  if (active.has(entry.key)) return true;
  const offset = entry.start;
  if (isLost(unit, 'services', entry.key)) return false;
  if (!inactive.has(entry.key)) {
    const meant = nearest(entry.key, [...active, ...inactive]);
    const hint =
      meant === null ? `add the service, or remove the line; services: ${[...active].slice(0, 20).join(', ')}` : `did you mean ${meant}?`;
    unit.faults.push({
      code: 'undefined-service',
      offset,
      message: `services.${name} needs the service "${entry.key}", which is not defined`,
      hint,
    });
  } else if (scalarOf(entry.value, 'required') !== false) {
    const message = `services.${name} needs the service "${entry.key}", and none of its profiles is active`;
    const hint = 'name one of its profiles in profiles of x-longshore, or write required: false';
    unit.faults.push({ code: 'inactive-service', offset, message, hint });
  }
  return false;
}

/** Tells of services that wait for each other, one circle for each service that closes one. */
export function tellCircles(unit: Unit, services: Mapping): void {
  const done = new Set<string>();
  const waits = new Map(services.entries.map(({ key, value }) => [key, fieldOf(value, 'depends_on')]));
  const visit = (name: string, trail: readonly string[]): void => {
    if (done.has(name)) return;
    const depends = waits.get(name);
    for (const entry of depends?.kind === 'mapping' ? depends.entries : []) {
      const from = [...trail, name].indexOf(entry.key);
      if (from === -1) visit(entry.key, [...trail, name]);
      else {
        const message = `services wait for each other: ${[...[...trail, name].slice(from), entry.key].join(' -> ')}`;
        unit.faults.push({
          code: 'compose-loop-of-dependencies',
          offset: entry.start,
          message,
          hint: 'let one of them start without the other',
        });
      }
    }
    done.add(name);
  };
  for (const { key } of services.entries) visit(key, []);
}
