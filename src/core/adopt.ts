// Containers of ours that the ledger does not know: after the ledger was lost they become tasks again from their labels, and no
// container dies for it; what a finished task left behind (a create that took effect after we gave up on it) is only cleared away.
import type { ContainerView, InstanceView } from '../model/turn/observed.ts';
import type { PinnedImage, TaskSet } from '../model/service/deployment.ts';
import type { DesiredState } from '../model/turn/desired.ts';
import type { Draft } from './draft.ts';
import type { Revision, ServiceRow } from '../model/turn/ledger.ts';
import type { ServiceLoadBalancer } from '../model/service/service.ts';
import type { Task } from '../model/task/task.ts';
import { PAUSE, containersOf } from '../model/task/pause.ts';
import { serviceNames } from './network/names.ts';
import { newServiceRow } from './deployment/next.ts';
import { same } from '../std/diff.ts';

/** Adds rows for unknown containers of one instance. `views` are the containers of one task on it. */
export function adopt(draft: Draft, desired: DesiredState, instance: InstanceView, views: readonly ContainerView[], now: number): void {
  const [first] = views;
  if (first === undefined || draft.tasks.get(first.identity.task) !== undefined) return;
  const { identity } = first;
  const serviceId = `${identity.cluster}/${identity.service}`;
  const row =
    draft.services.get(serviceId) ?? newServiceRow(serviceId, identity.cluster, identity.service, draft.deploymentNumbers.get(serviceId));
  const known = row.taskSets.find((set) => set.id === identity.taskSet);
  // A container that runs is never cleared away on suspicion: an engine that was silent when the ledger was lost comes back late.
  if (known !== undefined && identity.attempt < known.launches && !views.some((view) => view.state === 'running')) {
    draft.tasks.set(identity.task, remainsOf(first, instance, views, now));
    return;
  }
  draft.services.set(serviceId, withSet(row, adoptedSet(known, first, desired, instance, views)));
  adoptRevision(draft, desired, first);
  draft.tasks.set(identity.task, adoptedTask(first, instance, views, namesOf(draft, first, views), now));
}

function withSet(row: ServiceRow, set: TaskSet): ServiceRow {
  const others = row.taskSets.filter((each) => each.id !== set.id);
  return { ...row, taskSets: [...others, set] };
}

function adoptedSet(
  known: TaskSet | undefined,
  first: ContainerView,
  desired: DesiredState,
  instance: InstanceView,
  views: readonly ContainerView[],
): TaskSet {
  const { identity } = first;
  const launches = Math.max(known?.launches ?? 0, identity.attempt + 1);
  const service = desired.services.get(`${identity.cluster}/${identity.service}`);
  // The pause container has no image of the author's.
  const images = views
    .filter((view) => view.identity.container !== PAUSE)
    .map((view): PinnedImage => {
      const spec = desired.taskDefinitions.get(identity.revision.split(':')[0] ?? '')?.spec;
      const declared = spec?.containerDefinitions.find((container) => container.name === view.identity.container)?.image;
      const pin = { container: view.identity.container, digest: null, ids: [{ instance: instance.id, id: view.imageId }] };
      return declared === undefined ? { ...pin, reference: view.imageId } : { ...pin, reference: declared, anywhere: true };
    });
  const spec = desired.taskDefinitions.get(identity.revision.split(':')[0] ?? '')?.spec;
  const names = service?.hash === identity.serviceHash && spec !== undefined ? serviceNames(service, spec) : [];
  const target = {
    hash: identity.serviceHash,
    taskDefinition: identity.revision,
    loadBalancers:
      service?.hash === identity.serviceHash
        ? service.loadBalancers
        : mergedBalancers(known?.target.loadBalancers ?? [], views.flatMap(targetsOf)),
    images: mergedImages(known?.target.images ?? [], images),
    ...(names.length === 0 ? {} : { names }),
    ...(identity.securityGroups === undefined ? {} : { securityGroups: identity.securityGroups }),
  };
  return { id: identity.taskSet, target, scale: known?.scale ?? 100, weight: known?.weight ?? 100, launches };
}

/** What the container's own label says it is registered as. */
function targetsOf(view: ContainerView): ServiceLoadBalancer[] {
  return view.identity.targets.map((target) => {
    const [targetGroupArn = '', port = ''] = target.split(':');
    return { targetGroupArn, containerName: view.identity.container, containerPort: Number(port) };
  });
}

/** A container says only of itself where it is registered, and of a task that was coming up the balanced one may not be there yet. */
function mergedBalancers(known: readonly ServiceLoadBalancer[], seen: readonly ServiceLoadBalancer[]): readonly ServiceLoadBalancer[] {
  return [...known, ...seen.filter((each) => !known.some((other) => same(other, each)))];
}

/** The same image seen on several engines is one pin with several ids. */
function mergedImages(known: readonly PinnedImage[], seen: readonly PinnedImage[]): readonly PinnedImage[] {
  const merged = new Map(known.map((image) => [image.container, image]));
  for (const image of seen) {
    const before = merged.get(image.container);
    const ids = [...(before?.ids ?? []), ...image.ids.filter((each) => !before?.ids.some((other) => other.instance === each.instance))];
    merged.set(image.container, { ...(before ?? image), ids });
  }
  return [...merged.values()];
}

function adoptRevision(draft: Draft, desired: DesiredState, first: ContainerView): void {
  const { revision: id, specHash: hash } = first.identity;
  const [family = '', digits = ''] = id.split(':');
  const number = Number(digits);
  draft.families.set(family, Math.max(draft.families.get(family) ?? 1, number + 1));
  if (draft.revisions.get(id) !== undefined) return;
  const declared = desired.taskDefinitions.get(family);
  const revision: Revision = { id, family, number, hash, spec: declared?.hash === hash ? declared.spec : null };
  draft.revisions.set(id, revision);
}

/** The containers of the revision, where git still declares it; else those that are there. */
function namesOf(draft: Draft, first: ContainerView, views: readonly ContainerView[]): readonly string[] {
  const known = draft.revisions.get(first.identity.revision);
  // After a lost ledger the number may stand for another content than this container's.
  const spec = known?.hash === first.identity.specHash ? known.spec : null;
  return spec ? containersOf(spec).map((container) => container.name) : views.map((view) => view.identity.container);
}

function adoptedTask(
  first: ContainerView,
  instance: InstanceView,
  views: readonly ContainerView[],
  names: readonly string[],
  now: number,
): Task {
  const { identity } = first;
  // With a container that was only created the task had not come to run when it was forgotten: it is brought up further.
  const running = views.some((view) => view.state === 'running') && !views.some((view) => view.state === 'created');
  return {
    id: identity.task,
    cluster: identity.cluster,
    service: identity.service,
    taskSet: identity.taskSet,
    deployment: identity.deployment,
    revision: identity.revision,
    slot: identity.slot,
    attempt: identity.attempt,
    instance: instance.id,
    ...(identity.hostRanges === undefined ? {} : { hostRanges: identity.hostRanges }),
    lastStatus: running ? 'RUNNING' : 'PENDING',
    desiredStatus: 'RUNNING',
    health: 'UNKNOWN',
    everHealthy: false,
    failed: false,
    createdAt: Math.min(now, first.startedAt ?? now),
    startedAt: running ? Math.min(now, first.startedAt ?? now) : null,
    stoppingAt: null,
    stoppedAt: null,
    stopCode: null,
    stoppedReason: null,
    containers: names.map((name) => ({ name, pull: 'none', exitCode: null, ports: [] })),
  };
}

function remainsOf(first: ContainerView, instance: InstanceView, views: readonly ContainerView[], now: number): Task {
  return {
    ...adoptedTask(
      first,
      instance,
      views,
      views.map((view) => view.identity.container),
      now,
    ),
    lastStatus: 'STOPPING',
    desiredStatus: 'STOPPED',
    stoppingAt: now,
    stopCode: 'ServiceSchedulerInitiated',
    remains: true,
    stoppedReason: 'left behind by a task that had ended',
  };
}
