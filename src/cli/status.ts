// `longshore status`: what the daemon runs, as it said a moment ago. It only reads, and only from the daemon: without one there is nothing
// that could be called the present.
import { doorClient } from '../api/client.ts';
import { durationText } from '../std/time.ts';
import { count } from '../std/text.ts';
import { examples } from './verb.ts';
import { failureOf } from './failure.ts';
import { inOneLine } from '../model/problem.ts';
import { outputOption, stateFolderOf, stateOption, statePaths } from './options.ts';
import { table } from './table.ts';
import type { Command } from 'commander';
import type { Context } from './verb.ts';
import type { Cell } from './table.ts';
import type { DeploymentStatus, InstanceStatus, PullStatus, ServiceStatus, Status, SwarmStatus } from '../api/status.ts';
import type { Terminal } from './terminal.ts';

/** More are counted. */
const PULLS_SHOWN = 5;

interface StatusOptions {
  readonly state?: string;
  readonly output: string;
  readonly tasks?: true;
}

/** Registers `status`. */
export function defineStatus(program: Command, { terminal }: Context): void {
  program
    .command('status')
    .description('show what the daemon runs: commit, services, deployments, instances, listeners')
    .addOption(stateOption())
    .option('--tasks', 'list every task, stopped ones with their reason')
    .addOption(outputOption(['text', 'json']))
    .addHelpText(
      'after',
      examples(['longshore status', 'counts per service'], ['longshore status --output json', 'everything, for scripts']),
    )
    .action(async (options: StatusOptions) => {
      const folder = stateFolderOf(options);
      const status = await askStatus(folder);
      terminal.out(options.output === 'json' ? JSON.stringify(status, null, 2) : statusText(status, terminal, options.tasks === true));
    });
}

/** The status of the daemon of a state folder; a Failure with NO_DAEMON when none answers. */
export async function askStatus(folder: string): Promise<Status> {
  try {
    return await doorClient(statePaths(folder).socket).status();
  } catch (error) {
    throw failureOf(error, folder);
  }
}

/** A status as text of at most `terminal.width` columns. */
export function statusText(status: Status, terminal: Terminal, tasks: boolean): string {
  const lines = [...headLines(status, terminal), ''];
  if (status.services.length === 0) lines.push('no service yet');
  else lines.push(...serviceTable(status, terminal));
  const notes = status.services.flatMap((service) => noteLines(service, terminal));
  if (notes.length > 0) lines.push('', ...notes);
  const blocked = status.services.find(({ message }) => message !== null);
  if (blocked !== undefined) lines.push(`longshore why ${blocked.id} tells it instance by instance`);
  if (tasks) lines.push('', ...taskTable(status, terminal));
  return lines.join('\n');
}

function headLines(status: Status, terminal: Terminal): string[] {
  const { paint } = terminal;
  const row = (name: string, text: string): string => `${name.padEnd(10)}  ${text}`;
  const lines = [row('repository', status.repository)];
  if (status.repositoryError !== null) lines.push(row('', paint('red', `can't be read: ${status.repositoryError}`)));
  lines.push(row('commit', status.commit === null ? 'none in force yet' : `${status.commit.slice(0, 12)} in force`));
  if (status.refusedCommit !== null) {
    const commit = status.refusedCommit.slice(0, 12);
    const errors = status.problems.filter(({ severity }) => severity === 'error');
    lines.push(row('', paint('red', `${commit} refused: ${count(errors.length, 'error')}; longshore plan --commit ${commit} shows all`)));
    // The first one as it stands: some are errors only where they would be deployed, and validate tells them as warnings.
    if (errors[0] !== undefined) lines.push(row('', inOneLine(errors[0])));
  }
  const doing = status.settled
    ? paint('green', 'settled')
    : paint('yellow', `working, ${count(status.actionsInFlight, 'action')} in flight`);
  lines.push(row('daemon', `version ${status.version}, pid ${status.pid}, up ${durationText(status.now - status.startedAt)}, ${doing}`));
  if (status.storeError !== null) lines.push(row('', paint('red', `nothing is done, no decision can be recorded: ${status.storeError}`)));
  status.instances.forEach((instance, index) => {
    const text = instance.connected
      ? `${instance.id}: ${count(instance.containers, 'container')}`
      : paint('red', `${instance.id}: away${awayText(status.now, instance)}${instance.silence === null ? '' : `, ${instance.silence}`}`);
    lines.push(row(index === 0 ? 'instances' : '', text));
  });
  status.swarms?.forEach((swarm, index) => lines.push(row(index === 0 ? 'swarms' : '', swarmText(swarm, terminal))));
  status.pulls.slice(0, PULLS_SHOWN).forEach((pull, index) => lines.push(row(index === 0 ? 'pulls' : '', pullText(pull))));
  if (status.pulls.length > PULLS_SHOWN) lines.push(row('', `and ${count(status.pulls.length - PULLS_SHOWN, 'more pull')}`));
  if (!status.proxy.connected) lines.push(row('proxy', paint('red', 'does not answer')));
  status.proxy.listeners.forEach((listener, index) => {
    const text = `${listener.loadBalancer} on port ${listener.port}: ${listener.services.join(', ') || 'no service'}`;
    const name = index === 0 ? 'listeners' : '';
    lines.push(row(name, listener.refused === null ? text : paint('red', `${text} - closed: ${listener.refused}`)));
  });
  return lines;
}

/** `prod: 3 nodes`. */
function swarmText({ cluster, nodes, silence }: SwarmStatus, { paint }: Terminal): string {
  const listed = nodes === null ? 'its nodes were never listed' : count(nodes, 'node');
  if (silence === null) return `${cluster}: ${listed}`;
  return paint('red', `${cluster}: ${listed}${nodes === null ? '' : ' when it was listed last'}, no manager answers: ${silence}`);
}

/** `local: web:2 for 12 s, 3 of 5 layers, 24 of 60 MB`. */
function pullText({ instance, reference, forMs, progress }: PullStatus): string {
  const how = progress === null ? '' : `, ${progress.layersDone} of ${count(progress.layers, 'layer')}`;
  const size =
    progress === null || progress.totalBytes === 0 ? '' : `, ${megabytes(progress.bytes)} of ${megabytes(progress.totalBytes)} MB`;
  return `${instance}: ${reference} for ${durationText(forMs)}${how}${size}`;
}

/** Docker's megabytes: a million bytes. */
function megabytes(bytes: number): string {
  return bytes < 10_000_000 ? (bytes / 1_000_000).toFixed(1) : String(Math.round(bytes / 1_000_000));
}

function awayText(now: number, { observedAt, awaySince }: InstanceStatus): string {
  if (observedAt === null) return ', never seen';
  return ` for ${ago(now, awaySince ?? observedAt)}`;
}

function serviceTable(status: Status, terminal: Terminal): readonly string[] {
  const number = (value: number, wanted?: number): Cell => ({
    text: String(value),
    right: true,
    ...(wanted !== undefined && value < wanted ? { paint: (text: string) => terminal.paint('yellow', text) } : {}),
  });
  const rows = status.services.map((service) => {
    const newest = service.deployments[0];
    return [
      service.status === 'DRAINING' ? `${service.id} (draining)` : service.id,
      number(service.desired),
      number(service.running, service.desired),
      number(service.pending),
      number(service.healthy, service.desired),
      newest?.revision ?? '-',
      newest ? rolloutCell(newest, status.now, terminal) : '-',
    ];
  });
  return table(['SERVICE', 'DESIRED', 'RUNNING', 'PENDING', 'HEALTHY', 'REVISION', 'DEPLOYMENT'], rows, terminal.width);
}

function rolloutCell(deployment: DeploymentStatus, now: number, terminal: Terminal): Cell {
  const style = deployment.rollout === 'COMPLETED' ? 'green' : deployment.rollout === 'IN_PROGRESS' ? 'yellow' : 'red';
  const since = ago(now, deployment.finishedAt ?? deployment.startedAt);
  const word = deployment.rollbackOf === null ? deployment.rollout : `${deployment.rollout} (rollback)`;
  return {
    text: deployment.finishedAt === null ? `${word} for ${since}` : `${word} ${since} ago`,
    paint: (text) => terminal.paint(style, text),
  };
}

/** What a service's numbers don't say: why it waits, why its newest deployments failed. */
function noteLines(service: ServiceStatus, { paint }: Terminal): string[] {
  const lines = service.message === null ? [] : [`${paint('yellow', service.id)}: ${service.message}`];
  if (service.waiting !== null) lines.push(`${paint('yellow', service.id)}: ${service.waiting}`);
  const [newest] = service.deployments;
  for (const deployment of service.deployments) {
    const undone = deployment.id === newest?.rollbackOf;
    if (deployment !== newest && !undone) continue;
    if (deployment.rollout === 'COMPLETED') continue;
    const failure = deployment.lastFailure === null ? '' : ` Last failure: ${deployment.lastFailure}`;
    if (deployment.reason !== '' || failure !== '') {
      lines.push(`${paint('yellow', service.id)}: ${deployment.revision} ${deployment.rollout}: ${deployment.reason}${failure}`);
    }
  }
  return lines;
}

function taskTable(status: Status, terminal: Terminal): readonly string[] {
  if (status.tasks.length === 0) return ['no task'];
  const rows = status.tasks.map((task) => [
    task.id.slice(0, 12),
    task.service,
    task.revision,
    task.instance,
    task.lastStatus,
    task.lastStatus === 'STOPPED' ? '-' : task.health,
    task.stoppedReason ?? (task.startedAt === null ? '-' : `up ${ago(status.now, task.startedAt)}`),
  ]);
  return table(['TASK', 'SERVICE', 'REVISION', 'INSTANCE', 'STATUS', 'HEALTH', 'SINCE OR REASON'], rows, terminal.width);
}

function ago(now: number, then: number): string {
  return durationText(Math.max(0, now - then));
}
