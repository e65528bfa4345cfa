// Performs actions: each is done once even when it is asked twice, because a reply may have been lost after its effect.
// Never rejects: a refusal or a silence becomes a code. After a call for a container the result carries a fresh view of it.
import { unreachable } from '../../std/assert.ts';
import type { Action } from '../../model/turn/plan.ts';
import type { ActResult, PullProgress } from '../../daemon/ports.ts';
import type { ErrorCode } from '../../model/turn/outcome.ts';
import type { Client } from './client.ts';
import { SUBPATH_SINCE } from '../../model/task/container-mount.ts';
import { createBody } from './container-body.ts';
import { type Inspection, confidentialValues, inspect, viewOf } from './container-view.ts';
import { EngineRefusal, failed, isPortTaken, outcomeError, takenPort, type RefusalCode } from './errors.ts';
import { withOwnImage } from './own-images.ts';
import { pullImage, removeImage } from './images.ts';
import type { LastSeen } from './last-seen.ts';
import type { RegistryLogins } from '../registry/logins.ts';
import { createNetwork, joinNetwork, leaveNetwork, removeNetwork } from './networks.ts';
import { removeVolume, requireVolumes } from './volumes.ts';
import { secretLogin } from '../registry/secret-login.ts';
import type { Secrets } from '../secrets/secrets.ts';
import { reveal } from './secrets.ts';
import { withLogSocket } from './log-socket.ts';
import { putFiles } from './files.ts';
import { type OwnVariables, withOwnVariables } from './own-variables.ts';
import type { Relay } from './relay.ts';

export interface Site {
  readonly client: Client;
  readonly installation: string;
  readonly seen: LastSeen;
  readonly logins: RegistryLogins;
  readonly secrets: Secrets;
  readonly ownVariables: OwnVariables;
  readonly relay: Relay;
  /** A pull without news for this long is given up. */
  readonly pullStillMs: number;
  /** Address on which ports chosen by the engine are published. */
  readonly dynamicPortAddress: string;
}

type ActionOf<Kind extends Action['kind']> = Extract<Action, { kind: Kind }>;
/** What a container call reports of the container; absent when it could not be read: the event stream will tell. */
type Seen = Pick<ActResult, 'container'>;

/** Performs one action on the engine of `site`; a pull tells `report` how far it is. */
export async function act(site: Site, action: Action, signal: AbortSignal, report?: (progress: PullProgress) => void): Promise<ActResult> {
  switch (action.kind) {
    case 'create-network':
    case 'remove-network':
    case 'connect-network':
    case 'disconnect-network':
      return answered(action, signal, networkCode, () => actOnNetwork(site, action, signal));
    case 'remove-volume':
      return answered(
        action,
        signal,
        () => 'Failed',
        async () => {
          await removeVolume(site.client, action.volume, site.installation, signal);
          return {};
        },
      );
    case 'remove-image':
      return answered(
        action,
        signal,
        () => 'Failed',
        async () => {
          await removeImage(site.client, action.reference, signal);
          return {};
        },
      );
    case 'open-relay':
    case 'remove-relay':
      return actOnRelay(site, action, signal);
    case 'pull-image':
      return pull(site, action, signal, report);
    case 'create-container':
      return create(site, action, signal);
    case 'start-container':
      return start(site, action, signal);
    case 'stop-container':
      return answered(
        action,
        signal,
        () => 'Failed',
        () => stop(site, action, signal),
      );
    case 'remove-container':
      return answered(
        action,
        signal,
        () => 'Failed',
        () => remove(site, action, signal),
      );
    default:
      return unreachable(action);
  }
}

async function actOnRelay({ relay }: Site, action: ActionOf<'open-relay' | 'remove-relay'>, signal: AbortSignal): Promise<ActResult> {
  return answered(action, signal, failed, async () => {
    await (action.kind === 'open-relay' ? relay.open(signal) : relay.remove(signal));
    return {};
  });
}

type NetworkAction = ActionOf<'create-network' | 'remove-network' | 'connect-network' | 'disconnect-network'>;

async function actOnNetwork(site: Site, action: NetworkAction, signal: AbortSignal): Promise<Seen> {
  const { client, installation } = site;
  switch (action.kind) {
    case 'create-network':
      await createNetwork(client, action.network, action.options, { installation, cluster: action.cluster }, signal);
      return {};
    case 'remove-network':
      await removeNetwork(client, action.network, installation, signal);
      return {};
    case 'connect-network':
      await joinNetwork(client, action.container, action.endpoint, signal);
      return seen(site, action.container, signal);
    case 'disconnect-network':
      await leaveNetwork(client, action.container, action.network, signal);
      return seen(site, action.container, signal);
  }
}

/** Turns whatever `work` throws into an outcome. */
async function answered(
  action: Action,
  signal: AbortSignal,
  codeOf: RefusalCode,
  work: () => Promise<Omit<ActResult, 'error'>>,
): Promise<ActResult> {
  try {
    return { error: null, ...(await work()) };
  } catch (error) {
    return { error: outcomeError(error, signal, action.kind, codeOf) };
  }
}

async function pull(
  { client, logins, secrets, pullStillMs }: Site,
  { kind, reference, credentials, platform }: ActionOf<'pull-image'>,
  signal: AbortSignal,
  report?: (progress: PullProgress) => void,
): Promise<ActResult> {
  try {
    const found =
      credentials === undefined
        ? { login: await logins.loginFor(reference, signal) }
        : await secretLogin(secrets, credentials, reference, signal);
    if ('error' in found) return { error: found.error };
    return { error: null, ...(await pullImage(client, { reference, platform }, found.login, pullStillMs, signal, report)) };
  } catch (error) {
    return { error: outcomeError(error, signal, kind, pullCode) };
  }
}

async function create(site: Site, action: ActionOf<'create-container'>, signal: AbortSignal): Promise<ActResult> {
  const { client } = site;
  let confidential: readonly string[] = [];
  try {
    const { apiVersion } = await client.session(signal);
    await requireVolumes(client, action.spec.mounts, signal);
    const revealed = await reveal(site.secrets, action.spec, signal);
    if ('error' in revealed) return { error: revealed.error };
    const whole = withOwnVariables(revealed.spec, action.identity, site.ownVariables);
    confidential = [...revealed.confidential, ...whole.confidential];
    const body = createBody(await withLogSocket(client, whole.spec, signal), site.dynamicPortAddress, apiVersion);
    const query = { name: action.name, ...(action.spec.platform !== undefined && { platform: action.spec.platform }) };
    const needed = whole.spec.mounts.some((mount) => mount.kind === 'volume' && mount.subpath !== undefined)
      ? { apiVersion: SUBPATH_SINCE }
      : {};
    const call = { method: 'POST', path: '/containers/create', query, body, ...needed } as const;
    const { Id } = await withOwnImage(client, action.spec.image, signal, () => client.call<{ Id: string }>(call, signal));
    return { error: null, ...(await seen(site, Id, signal)) };
  } catch (error) {
    if (error instanceof EngineRefusal && error.status === 409) return holderOf(site, action, error, signal);
    const secrets = [...action.spec.environment.map(({ value }) => value), ...confidential];
    return { error: outcomeError(error, signal, action.kind, createCode, secrets) };
  }
}

/** The name is taken: by this very container (an earlier create took effect and its reply was lost), or by somebody else's. */
async function holderOf(site: Site, action: ActionOf<'create-container'>, refusal: EngineRefusal, signal: AbortSignal): Promise<ActResult> {
  try {
    const inspection = await inspect(site.client, action.name, signal);
    // Gone meanwhile, or being removed: the next attempt finds the name free.
    if (inspection === null) return { error: outcomeError(refusal, signal, action.kind, () => 'Failed') };
    const view = viewOf(inspection, site.installation);
    const same = view?.identity.task === action.identity.task && view.identity.container === action.identity.container;
    if (view && same) return { error: null, container: { id: view.id, view } };
    const message = `the name ${action.name} is in use by container ${inspection.Id.slice(0, 12)}, which is not this task's`;
    return { error: { code: 'NameTaken', message } };
  } catch (error) {
    return { error: outcomeError(error, signal, action.kind, () => 'Failed') };
  }
}

async function start(site: Site, action: ActionOf<'start-container'>, signal: AbortSignal): Promise<ActResult> {
  const path = `/containers/${encodeURIComponent(action.container)}/start`;
  try {
    for (const endpoint of action.further) await joinNetwork(site.client, action.container, endpoint, signal);
    const unread = await putFiles(site.client, site.secrets, action.container, action.files, signal);
    if (unread !== null) return { error: unread };
    await accepted(site.client.call({ method: 'POST', path, long: true }, signal), [304]);
    return { error: null, ...(await seen(site, action.container, signal)) };
  } catch (error) {
    const inspection = error instanceof EngineRefusal ? await inspectQuietly(site, action.container, signal) : undefined;
    const secrets = confidentialValues(inspection ?? null);
    const refused = outcomeError(error, signal, action.kind, startCode, secrets);
    const outcome = refused.code === 'PortTaken' ? { ...refused, message: takenPort(refused.message, action.instance) } : refused;
    return { error: outcome, ...(inspection !== undefined && reported(site, action.container, inspection)) };
  }
}

async function stop(site: Site, action: ActionOf<'stop-container'>, signal: AbortSignal): Promise<Seen> {
  const path = `/containers/${encodeURIComponent(action.container)}/stop`;
  site.seen.stopping(action.container);
  // The engine answers when the container has ended, after `t` seconds at the latest and a kill.
  const call = site.client.call({ method: 'POST', path, query: { t: action.timeoutSeconds }, long: true }, signal);
  await accepted(call, [304, 404]);
  return seen(site, action.container, signal);
}

async function remove(site: Site, action: ActionOf<'remove-container'>, signal: AbortSignal): Promise<Seen> {
  const path = `/containers/${encodeURIComponent(action.container)}`;
  try {
    await accepted(site.client.call({ method: 'DELETE', path, query: { force: true, v: true }, long: true }, signal), [404]);
  } catch (error) {
    const underWay = error instanceof EngineRefusal && error.status === 409 && error.message.includes('already in progress');
    if (!underWay) throw error;
  }
  return { container: { id: action.container, view: null } };
}

/** Refusals with these statuses mean that what was asked for is already so. */
async function accepted(call: Promise<unknown>, statuses: readonly number[]): Promise<void> {
  try {
    await call;
  } catch (error) {
    if (!(error instanceof EngineRefusal) || !statuses.includes(error.status)) throw error;
  }
}

/** The container after a call that succeeded. When it can't be read any more the call is a success all the same. */
async function seen(site: Site, id: string, signal: AbortSignal): Promise<Seen> {
  const inspection = await inspectQuietly(site, id, signal);
  return inspection === undefined ? {} : reported(site, id, inspection);
}

/** Undefined: the engine did not answer. The event of the call's effect, or the listing after the lost stream, brings the view instead. */
async function inspectQuietly(site: Site, id: string, signal: AbortSignal): Promise<Inspection | null | undefined> {
  try {
    return await inspect(site.client, id, signal);
  } catch {
    return undefined;
  }
}

function reported(site: Site, id: string, inspection: Inspection | null): Seen {
  return { container: { id: inspection?.Id ?? id, view: inspection && viewOf(inspection, site.installation) } };
}

/** Docker: 404 is a network that is gone, or a container. */
function networkCode(refusal: EngineRefusal): ErrorCode {
  return /no such container/i.test(refusal.message) ? 'Failed' : 'NetworkFailed';
}

function pullCode(): ErrorCode {
  return 'CannotPullContainerError';
}

/** Docker: 404 names a missing image, or one that is there for other processors; 4xx refuses the container for good, 5xx may pass. */
function createCode(refusal: EngineRefusal): ErrorCode {
  if (refusal.status === 404 && /no such image|does not match the specified platform/i.test(refusal.message)) return 'ImageMissing';
  if (/network .* not found/i.test(refusal.message)) return 'NetworkFailed';
  return refusal.status < 500 ? 'CannotCreateContainerError' : 'Failed';
}

/** Docker: 404 is a container or a network that is gone; ports and commands are 500 or 400, told apart by their words. */
export function startCode(refusal: EngineRefusal): ErrorCode {
  if (isPortTaken(refusal.message)) return 'PortTaken';
  if (/network .* not found/i.test(refusal.message)) return 'NetworkFailed';
  if (refusal.status === 404 && /no such container/i.test(refusal.message)) return 'Failed';
  // An overlay is attached by a manager of its swarm, which may be away or busy: Docker gives it 20 s.
  if (/attaching to network failed|could not attach to network/i.test(refusal.message)) return 'NetworkFailed';
  // A file server that is away may come back, as a network may.
  if (/failed to mount (?:local )?volume/i.test(refusal.message)) return 'Failed';
  return 'CannotStartContainerError';
}
