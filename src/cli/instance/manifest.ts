// Which file of a commit says that an instance exists, and what it says afterwards. Only files are looked at: what a daemon knows is not asked.
import { createHash } from 'node:crypto';
import { DEFAULT_CLUSTER } from '../../model/cluster/cluster.ts';
import { Failure } from '../failure.ts';
import { isJsonPath } from '../../manifest/parse.ts';
import { itemText, newCluster, withInstance, withoutInstance } from '../../manifest/write/instances.ts';
import { nearest } from '../../std/text.ts';
import { placeName } from '../../manifest/text/text.ts';
import { treeAt } from '../../manifest/text/tree.ts';
import type { ContainerInstance } from '../../model/cluster/container-instance.ts';
import type { Loaded } from '../validation/judged.ts';
import type { ResourceOf } from '../../manifest/document.ts';
import type { Source } from '../sources.ts';

/** A file as it will be. */
export interface NewText {
  readonly path: string;
  /** Empty for a new file. */
  readonly before: string;
  readonly text: string;
  readonly cluster: string;
  readonly isNew: boolean;
  readonly isLeaving: boolean;
  /** Whether the cluster declares no instance afterwards. */
  readonly isLast: boolean;
}

type ClusterResource = ResourceOf<'Cluster'>;

/** The manifest of a cluster with an instance more; `cluster` null: the only one. Fails when the name is taken. */
export function registered(loaded: Loaded, instance: ContainerInstance, cluster: string | null): NewText {
  const clusters = clustersOf(loaded);
  for (const each of clusters) {
    const place = placeIn(each, instance.name);
    if (place === null) continue;
    const what = `${instance.name} is declared already, in cluster ${nameOf(each)} (${place})`;
    throw new Failure('ERROR', what, 'Change it there, or take it out first: longshore instance deregister.');
  }
  const name = cluster ?? chosen(clusters);
  const found = clusters.find((each) => nameOf(each) === name);
  if (found === undefined) return newFile(loaded, name, instance);
  const text = withInstance(textOf(found), instance);
  if (text === null) throw byHand(found, `add this to its instances:\n${itemText(instance, 0).trimEnd()}`);
  return { ...changed(found, text), isLeaving: false, isLast: false };
}

/** The manifest that declares an instance, without it. Fails when none does. */
export function deregistered(loaded: Loaded, name: string): NewText {
  const clusters = clustersOf(loaded);
  const found = clusters.find((each) => placeIn(each, name) !== null);
  if (found === undefined)
    throw unknownInstance(
      name,
      clusters.flatMap((each) => instancesOf(each).map((instance) => instance.name)),
    );
  const text = withoutInstance(textOf(found), name);
  if (text === null) throw byHand(found, `take ${name} out of its instances`);
  return { ...changed(found, text), isLeaving: true, isLast: instancesOf(found).length === 1 };
}

/** A source with one file changed, or one more. */
export function replaced(source: Source, { path, text }: NewText): Source {
  const content = new TextEncoder().encode(text);
  const file = { path, id: createHash('sha256').update(content).digest('hex'), kind: 'file' as const, size: content.length, content };
  return { ...source, files: [...source.files.filter((each) => each.path !== path), file] };
}

function clustersOf({ resources }: Loaded): readonly ClusterResource[] {
  return resources.filter((resource) => resource.kind === 'Cluster');
}

function nameOf({ spec }: ClusterResource): string {
  return spec.clusterName ?? DEFAULT_CLUSTER;
}

function instancesOf({ spec }: ClusterResource): readonly ContainerInstance[] {
  return spec['x-longshore']?.instances ?? [];
}

function chosen(clusters: readonly ClusterResource[]): string {
  const names = clusters.map(nameOf);
  if (names.length < 2) return names[0] ?? DEFAULT_CLUSTER;
  if (names.includes(DEFAULT_CLUSTER)) return DEFAULT_CLUSTER;
  throw new Failure('ERROR', `there are ${names.length} clusters, and none is named`, `Name one with --cluster: ${names.join(', ')}.`);
}

function newFile({ source }: Loaded, cluster: string, instance: ContainerInstance): NewText {
  const path = `clusters/${cluster}.yaml`;
  if (source.files.some((file) => file.path === path))
    throw new Failure(
      'ERROR',
      `${path} is there and declares no cluster ${cluster}`,
      'Declare the cluster in some manifest, then run this again.',
    );
  return { path, before: '', text: newCluster(cluster, instance), cluster, isNew: true, isLeaving: false, isLast: false };
}

function changed(cluster: ClusterResource, text: string): Omit<NewText, 'isLeaving' | 'isLast'> {
  return { path: cluster.file.path, before: cluster.file.text, text, cluster: nameOf(cluster), isNew: false };
}

function textOf({ file, tree }: ClusterResource): { readonly text: string; readonly isJson: boolean; readonly start: number } {
  return { text: file.text, isJson: isJsonPath(file.path), start: tree.start };
}

function placeIn(cluster: ClusterResource, name: string): string | null {
  const index = instancesOf(cluster).findIndex((instance) => instance.name === name);
  const tree = index < 0 ? null : treeAt(cluster.tree, ['x-longshore', 'instances', index]);
  return tree === null ? null : placeName(cluster.file, tree.start);
}

function byHand(cluster: ClusterResource, what: string): Failure {
  const where = placeName(cluster.file, cluster.tree.start);
  return new Failure('ERROR', `cluster ${nameOf(cluster)} (${where}) has a form that is not edited here`, `Edit it by hand: ${what}`);
}

/** Fails because nothing has this name, with the one that may be meant. */
function unknownInstance(name: string, known: readonly string[]): Failure {
  const meant = nearest(name, known);
  const all =
    known.length === 0
      ? 'The manifests declare none.'
      : `The manifests declare ${known.slice(0, 10).join(', ')}${known.length > 10 ? ` and ${known.length - 10} more` : ''}.`;
  return new Failure('ERROR', `no manifest declares a container instance ${name}`, meant === null ? all : `Did you mean ${meant}? ${all}`);
}
