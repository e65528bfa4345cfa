// `longshore describe`: everything that is known of one task or one service, in one place: what it is, where it runs or ran, why it stopped,
// what its containers said last, and what happened to it.
import { Argument } from 'commander';
import { doorClient } from '../api/client.ts';
import { count } from '../std/text.ts';
import { durationText } from '../std/time.ts';
import { examples } from './verb.ts';
import { eventText, timeText } from './events.ts';
import { failureOf } from './failure.ts';
import { instanceText } from './instance.ts';
import { outputOption, parseCount, stateFolderOf, stateOption, statePaths } from './options.ts';
import { taskLines } from './ps.ts';
import type { Command } from 'commander';
import type { ContainerDescription, ServiceDescription, TaskDescription } from '../api/describe.ts';
import type { Context } from './verb.ts';
import type { StoredEvent } from '../daemon/ports.ts';
import type { Terminal } from './terminal.ts';

interface DescribeOptions {
  readonly state?: string;
  readonly lines: number;
  readonly output: string;
}

const LINES_SHOWN = 20;

/** Registers `describe`. */
export function defineDescribe(program: Command, { terminal }: Context): void {
  program
    .command('describe')
    .addArgument(new Argument('<kind>', 'what it is').choices(['task', 'service', 'instance']))
    .argument('<name>', 'a service (web, or main/web), a task by its id or at least 4 digits of its beginning, or a container instance')
    .description('tell all that is known of a task, running or stopped, of a service, or of a container instance')
    .addOption(stateOption())
    .option('--lines <count>', 'so many of the last lines of each container (at most 100)', parseCount, LINES_SHOWN)
    .addOption(outputOption(['text', 'json']))
    .addHelpText(
      'after',
      examples(
        ['longshore describe task 1a2b3c4d', 'why did it stop?'],
        ['longshore describe service web', 'its deployments, its tasks, its last events'],
        ['longshore describe task 1a2b3c4d --output json', 'all of it, for scripts'],
      ),
    )
    .action(async (kind: 'task' | 'service' | 'instance', name: string, options: DescribeOptions) => {
      const folder = stateFolderOf(options);
      const door = doorClient(statePaths(folder).socket);
      try {
        const found = kind === 'task' ? await door.task(name) : kind === 'service' ? await door.service(name) : await door.instance(name);
        if (options.output === 'json') terminal.out(JSON.stringify(found, null, 2));
        else if ('task' in found) terminal.out(taskText(found, terminal, options.lines));
        else terminal.out('service' in found ? serviceText(found, terminal) : instanceText(found, terminal));
      } catch (error) {
        throw failureOf(error, folder);
      }
    });
}

/** A task as text, with `lines` of the last lines of each container. */
export function taskText(found: TaskDescription, terminal: Terminal, lines: number): string {
  const { task, deployment, now } = found;
  const moment = (at: number | null): string | null =>
    at === null ? null : `${timeText(at)} (${durationText(Math.max(0, now - at))} ago)`;
  const rows: (readonly [string, string | null])[] = [
    ['task', terminal.paint('bold', task.id)],
    ['service', `${task.cluster}/${task.service}`],
    ['status', `${task.lastStatus}, wanted ${task.desiredStatus}${task.lastStatus === 'STOPPED' ? '' : `, ${task.health}`}`],
    ['waits', found.waiting === null ? null : terminal.paint('yellow', found.waiting)],
    ['stop code', task.stopCode],
    ['reason', task.stoppedReason === null ? null : terminal.paint('yellow', task.stoppedReason)],
    ['revision', task.revision],
    ['deployment', deployment === null ? task.deployment : `${deployment.id}, ${deployment.rollout}`],
    ['instance', task.instance],
    ['created', moment(task.createdAt)],
    ['running', moment(task.startedAt)],
    ['stopping', moment(task.stoppingAt)],
    ['stopped', moment(task.stoppedAt)],
  ];
  const head = rows.flatMap(([name, text]) => (text === null ? [] : [`${name.padEnd(10)}  ${text}`]));
  const containers = found.containers.flatMap((one) => ['', ...containerLines(one, found.address, terminal, lines)]);
  return [...head, ...containers, '', ...eventLines(found.events, terminal)].join('\n');
}

function containerLines(one: ContainerDescription, address: string | null, terminal: Terminal, lines: number): string[] {
  const { evidence } = one;
  const facts = [one.status, ...(one.exitCode === null ? [] : [`exit code ${one.exitCode}`])];
  if (one.restarts > 0) facts.push(`restarted ${count(one.restarts, 'time')}`);
  if (one.health !== 'none') facts.push(one.health);
  const row = (name: string, text: string): string => `  ${name.padEnd(8)}  ${text}`;
  const found = [`${terminal.paint('bold', `container ${one.name}`)}: ${facts.join(', ')}`];
  if (one.image !== null) found.push(row('image', one.image));
  if (one.id !== null) found.push(row('id', one.id.slice(0, 12)));
  for (const binding of one.networkBindings) {
    const [host, inside] =
      'hostPort' in binding ? [binding.hostPort, binding.containerPort] : [binding.hostPortRange, binding.containerPortRange];
    found.push(
      row('hostPort' in binding ? 'port' : 'ports', `${binding.bindIP ?? address ?? '?'}:${host} to ${inside}/${binding.protocol}`),
    );
  }
  if (one.reason !== null) found.push(row('reason', terminal.paint('yellow', one.reason)));
  if (evidence === null) return [...found, row('', one.evidenceMissing ?? 'nothing is known of it')];
  if (evidence.error !== '') found.push(row('error', evidence.error));
  for (const { at, exitCode, output } of evidence.health.slice(-3))
    found.push(
      row(
        'check',
        `${at === null ? '' : `${timeText(at)} `}exit code ${exitCode}: ${output.trim().replaceAll('\n', ' ') || 'it said nothing'}`,
      ),
    );
  if (evidence.logMissing !== null) return [...found, row('log', evidence.logMissing)];
  const shown = lines <= 0 ? [] : evidence.log.slice(-lines);
  if (shown.length > 0) found.push(row('log', `the last ${count(shown.length, 'line')}`));
  for (const { time, text } of shown) found.push(`    ${terminal.paint('dim', time.slice(0, 23))}  ${text}`);
  return found;
}

/** A service as text. */
export function serviceText(found: ServiceDescription, terminal: Terminal): string {
  const { service, now } = found;
  const row = (name: string, text: string): string => `${name.padEnd(10)}  ${text}`;
  const head = [
    row('service', terminal.paint('bold', service.id)),
    row('status', `${service.status}, ${service.steady ? 'steady' : 'not steady'}`),
    row('tasks', `${service.desired} desired, ${service.running} running, ${service.pending} pending, ${service.healthy} healthy`),
    row('exec', found.enableExecuteCommand ? 'allowed' : 'not allowed (enableExecuteCommand)'),
  ];
  for (const text of [service.message, service.waiting]) if (text !== null) head.push(row('waits', terminal.paint('yellow', text)));
  if (service.message !== null) head.push(row('', `longshore why ${service.id} tells it instance by instance`));
  const deployments = service.deployments.flatMap((one) => {
    const ago = durationText(Math.max(0, now - (one.finishedAt ?? one.startedAt)));
    const line = `  ${one.id}  ${one.revision}  ${one.rollout}  ${one.finishedAt === null ? `for ${ago}` : `${ago} ago`}`;
    const images = one.images.map(
      ({ container, reference, digest }) => `    ${container}: ${reference}${digest === null ? '' : ` (${digest.slice(0, 19)})`}`,
    );
    return [line, ...(one.lastFailure === null ? [] : [`    ${terminal.paint('red', one.lastFailure)}`]), ...images];
  });
  const tasks = taskLines([...found.tasks, ...found.stopped], now, terminal.width);
  return [...head, '', 'deployments', ...deployments, '', ...tasks, '', ...eventLines(found.events, terminal)].join('\n');
}

function eventLines(events: readonly StoredEvent[], terminal: Terminal): readonly string[] {
  if (events.length === 0) return ['no event is remembered'];
  return ['events', ...events.map((event) => `  ${eventText(event, terminal)}`)];
}
