// `longshore instance`: the container instances of a cluster, listed, drained and activated (ECS: ListContainerInstances,
// UpdateContainerInstancesState). Which instances there are is declared in git: instance/register.ts writes the commit.
import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { defineBootstrap } from './instance/bootstrap.ts';
import { defineDeregister, defineRegister } from './instance/register.ts';
import { doorClient } from '../api/client.ts';
import { examples } from './verb.ts';
import { Failure, failureOf } from './failure.ts';
import { outputOption, stateFolderOf, stateOption, statePaths, timeoutOption } from './options.ts';
import { count } from '../std/text.ts';
import { SECOND, durationText } from '../std/time.ts';
import { table } from './table.ts';
import { taskLines } from './ps.ts';
import type { Command } from 'commander';
import type { Context } from './verb.ts';
import type { DoorClient } from '../api/client.ts';
import type { InstanceDescription, InstanceLine, StateAnswer } from '../api/instances.ts';
import type { Terminal } from './terminal.ts';

interface ListOptions {
  readonly state?: string;
  readonly cluster?: string;
  readonly output: string;
}

interface StateOptions {
  readonly state?: string;
  readonly wait?: true;
  readonly timeout: number;
  readonly output: string;
}

/** Long enough for slow tasks with a long deregistration delay. */
const WAIT_MS = 1_800 * SECOND;
const LOOK_AGAIN_MS = SECOND;

/** Registers `instance` and what can be done with one. */
export function defineInstance(program: Command, context: Context): void {
  const group = program
    .command('instance')
    .description('list container instances; drain, activate, register, deregister or set up one')
    .helpCommand(false)
    .addHelpText(
      'after',
      examples(
        ['longshore instance ls', 'every engine: status, tasks, what is taken of it'],
        ['longshore instance drain web1 --wait', 'let the tasks of services leave a host before you work on it'],
        ['longshore instance register web2 --endpoint ssh://longshore@10.0.0.6', 'a commit that adds a host'],
      ),
    );
  defineList(group, context);
  defineState(group, context, 'drain', 'DRAINING', 'place nothing new on an instance, and let the tasks of services leave it');
  defineState(group, context, 'activate', 'ACTIVE', 'let tasks be placed on a drained instance again');
  defineRegister(group, context);
  defineDeregister(group, context);
  defineBootstrap(group, context);
}

function defineList(group: Command, { terminal }: Context): void {
  group
    .command('ls')
    .description('list container instances')
    .addOption(stateOption())
    .option('--cluster <name>', 'only those that serve this cluster')
    .addOption(outputOption(['text', 'json']))
    .action(async (options: ListOptions) => {
      const folder = stateFolderOf(options);
      try {
        const list = await doorClient(statePaths(folder).socket).instances(options.cluster ?? null);
        if (options.output === 'json') terminal.out(JSON.stringify(list, null, 2));
        else terminal.out(instanceLines(list, terminal).join('\n'));
      } catch (error) {
        throw failureOf(error, folder);
      }
    });
}

function defineState(group: Command, { terminal, end }: Context, verb: string, status: 'ACTIVE' | 'DRAINING', what: string): void {
  const command = group
    .command(verb)
    .argument('<instance>', 'its name')
    .description(what)
    .addOption(stateOption())
    .addOption(outputOption(['text', 'json']));
  if (status === 'DRAINING')
    command
      .option('--wait', 'return when no task is left on it')
      .addOption(timeoutOption('with --wait: give up after this time; it goes on draining').default(WAIT_MS, '30m'));
  command.action(async (instance: string, options: StateOptions) => {
    const folder = stateFolderOf(options);
    try {
      const door = doorClient(statePaths(folder).socket);
      const answer = await door.setInstanceState({ of: instance, status, key: randomUUID() });
      if (options.output === 'json') terminal.out(JSON.stringify(answer, null, 2));
      else terminal.out(answerText(answer));
      if (options.wait === true && !(await untilEmpty(door, instance, options.timeout, terminal))) end('TIMED_OUT');
    } catch (error) {
      throw failureOf(error, folder);
    }
  });
}

function answerText({ instance, status, changed, tasks }: StateAnswer): string {
  const left = tasks === 0 ? 'no task is on it' : `${count(tasks, 'task')} on it`;
  return `${instance} is ${status}${changed ? '' : ' already'}: ${left}`;
}

/** Tells how many tasks are left whenever that changes; false when the time is up first. */
async function untilEmpty(door: DoorClient, instance: string, timeoutMs: number, terminal: Terminal): Promise<boolean> {
  const began = performance.now();
  let told: number | null = null;
  for (;;) {
    const found = await door.instance(instance);
    if (found.status === 'ACTIVE') throw new Failure('ERROR', `${instance} was activated meanwhile`, 'Drain it again if that was not you.');
    if (found.tasks === 0) {
      terminal.note(`${instance} is empty after ${durationText(performance.now() - began)}`);
      return true;
    }
    if (told !== found.tasks) terminal.note(`${count(found.tasks, 'task')} left on ${instance}`);
    told = found.tasks;
    if (performance.now() - began >= timeoutMs) {
      terminal.note(
        `${instance} still has ${count(found.tasks, 'task')} after ${durationText(timeoutMs)}; longshore status says what they wait for`,
      );
      return false;
    }
    await sleep(LOOK_AGAIN_MS);
  }
}

function statusText({ status, paused }: InstanceLine): string {
  return paused === true ? `${status} (paused)` : status;
}

/** Instances as a table. */
export function instanceLines(list: readonly InstanceLine[], terminal: Terminal): readonly string[] {
  if (list.length === 0) return ['no container instance'];
  const rows = list.map((one) => [
    one.id,
    one.cluster ?? 'every',
    { text: statusText(one), ...((one.status !== 'ACTIVE' || one.paused) && { paint: (text: string) => terminal.paint('yellow', text) }) },
    one.agentConnected ? 'yes' : { text: 'no', paint: (text: string) => terminal.paint('red', text) },
    { text: String(one.tasks), right: true },
    { text: `${one.cpu.taken}/${one.cpu.offered}`, right: true },
    { text: `${one.memory.taken}/${one.memory.offered}`, right: true },
    one.silence ?? one.agentVersion ?? '-',
  ]);
  return table(['INSTANCE', 'CLUSTER', 'STATUS', 'CONNECTED', 'TASKS', 'CPU', 'MEMORY MiB', 'ENGINE'], rows, terminal.width);
}

/** One instance as text. */
export function instanceText(found: InstanceDescription, terminal: Terminal): string {
  const row = (name: string, text: string): string => `${name.padEnd(10)}  ${text}`;
  const share = ({ taken, offered }: InstanceLine['cpu'], unit: string): string => `${taken} of ${offered} ${unit} taken`;
  const lines = [
    row('instance', terminal.paint('bold', found.id)),
    row('cluster', found.cluster ?? 'every one'),
    row('status', statusText(found)),
    row('agent', found.agentConnected ? 'connected' : terminal.paint('red', `disconnected: ${found.silence ?? 'it does not answer'}`)),
    row('endpoint', found.endpoint ?? 'as the daemon was started with'),
    row('address', found.address ?? '-'),
    row('engine', [found.agentVersion, found.operatingSystem].filter((word) => word !== null && word !== '').join(', ') || '-'),
    row('cpu', share(found.cpu, 'units')),
    row('memory', share(found.memory, 'MiB')),
  ];
  found.attributes.forEach(({ name, value }, index) =>
    lines.push(row(index === 0 ? 'attributes' : '', value === null ? name : `${name}: ${value}`)),
  );
  return [...lines, '', ...taskLines(found.taskList, found.now, terminal.width)].join('\n');
}
