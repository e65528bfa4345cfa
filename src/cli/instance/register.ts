// `longshore instance register` and `deregister`: a commit in somebody's work tree that adds an instance to a Cluster manifest, or takes one
// out. The daemon hears of it as of every commit. The manifests are judged as HEAD would hold them; what is not valid is not written.
import { InvalidArgumentError, Option } from 'commander';
import { count } from '../../std/text.ts';
import { doorClient } from '../../api/client.ts';
import { environmentOption, parseCount, repoOption, stateFolderOf, stateOption, statePaths } from '../options.ts';
import { examples } from '../verb.ts';
import { failureOf } from '../failure.ts';
import type { Command } from 'commander';
import type { ContainerInstance, InstanceAttribute } from '../../model/cluster/container-instance.ts';
import type { Context } from '../verb.ts';
import type { InstanceLine } from '../../api/instances.ts';
import type { NewText } from './manifest.ts';
import type { Terminal } from '../terminal.ts';

interface ChangeOptions {
  readonly repo: string;
  readonly environment?: string;
  readonly dryRun?: true;
}

interface RegisterOptions extends ChangeOptions {
  readonly cluster?: string;
  readonly endpoint: string;
  readonly address?: string;
  readonly credential?: string;
  readonly attribute?: readonly InstanceAttribute[];
  readonly cpu?: number;
  readonly memory?: number;
  readonly reservedCpu?: number;
  readonly reservedMemory?: number;
  readonly reservedPort?: readonly number[];
}

interface DeregisterOptions extends ChangeOptions {
  readonly state?: string;
}

/** Time for git to commit, with the hooks of whoever runs this. */
const LIMIT_MS = 180_000;

/** Registers `instance register`. */
export function defineRegister(group: Command, context: Context): void {
  withChangeOptions(
    group
      .command('register')
      .argument('<name>', 'its name, unique among all clusters')
      .description('commit a container instance into the manifest of its cluster')
      .option('--cluster <name>', 'its cluster (default: the only one of the repository, else default); made where there is none yet')
      .requiredOption('--endpoint <endpoint>', 'where its engine listens: unix:///path, tcp://host:port, ssh://user@host or context:name')
      .option('--address <address>', 'where the proxy reaches its published ports (default: the host of the endpoint)')
      .option('--credential <name>', "name of credentials in the operator's configuration")
      .addOption(new Option('--attribute <name=value>', 'what placement goes by; repeatable').argParser(parseAttribute))
      .addOption(new Option('--cpu <units>', 'CPU units that it offers (default: what its engine says)').argParser(parseCount))
      .addOption(new Option('--memory <MiB>', 'MiB that it offers (default: what its engine says)').argParser(parseCount))
      .addOption(new Option('--reserved-cpu <units>', 'CPU units that no task gets').argParser(parseCount))
      .addOption(new Option('--reserved-memory <MiB>', 'MiB that no task gets').argParser(parseCount))
      .addOption(
        new Option('--reserved-port <port>', 'a TCP port of the host that no task gets; repeatable').argParser(
          (text: string, before: readonly number[] | undefined) => [...(before ?? []), parseCount(text)],
        ),
      ),
  )
    .addHelpText(
      'after',
      examples(
        ['longshore instance register web2 --endpoint ssh://longshore@10.0.0.6 --attribute ecs.availability-zone=b', 'a commit'],
        ['longshore instance register web2 --endpoint ssh://longshore@10.0.0.6 --dry-run', 'what it would change'],
      ),
    )
    .action(async (name: string, options: RegisterOptions) => {
      const { registered } = await import('./manifest.ts');
      const done = await change(options, context, `Register container instance ${name}`, (loaded) =>
        registered(loaded, instanceOf(name, options), options.cluster ?? null),
      );
      if (done === null) return;
      const { terminal } = context;
      if (done.isNew) terminal.note(`the repository declared no cluster ${done.cluster}: ${done.path} is new`);
      terminal.note(`the daemon connects to ${name} with the first turn of this commit; longshore instance ls shows it`);
    });
}

/** Registers `instance deregister`. */
export function defineDeregister(group: Command, context: Context): void {
  withChangeOptions(
    group
      .command('deregister')
      .argument('<name>', 'its name')
      .description('commit that a container instance is gone: its tasks leave it, and then it is forgotten')
      .addOption(stateOption()),
  )
    .addHelpText(
      'after',
      examples(
        ['longshore instance drain web2 --wait', 'first let its tasks leave'],
        ['longshore instance deregister web2', 'then take it out of git'],
      ),
    )
    .action(async (name: string, options: DeregisterOptions) => {
      const { deregistered } = await import('./manifest.ts');
      const done = await change(options, context, `Deregister container instance ${name}`, (loaded) => deregistered(loaded, name));
      if (done === null) return;
      const found = await seenInstance(name, stateFolderOf(options));
      for (const line of partingLines(name, found, done)) context.terminal.note(line);
    });
}

function withChangeOptions(command: Command): Command {
  return command.addOption(repoOption()).addOption(environmentOption()).option('--dry-run', 'print the change, and write nothing');
}

type Edit = (loaded: Parameters<typeof import('./manifest.ts').registered>[0]) => NewText;

/** Makes a change in the manifests of HEAD, judges them, and commits it; null when nothing was committed. */
async function change(options: ChangeOptions, { terminal, end }: Context, title: string, edit: Edit): Promise<NewText | null> {
  const [{ openWorkTree }, { commitSource }, { judgedSource }, { replaced }, { problemsText }] = await Promise.all([
    import('../../adapters/git/work-tree.ts'),
    import('../sources.ts'),
    import('../validate.ts'),
    import('./manifest.ts'),
    import('../validation/text.ts'),
  ]);
  try {
    const tree = await openWorkTree(options.repo, AbortSignal.timeout(LIMIT_MS));
    const source = await commitSource(options.repo, 'HEAD');
    const before = await judgedSource(source, options.environment ?? null);
    const edited = edit(before);
    await tree.checkUnchanged(edited.path);
    const after = await judgedSource(replaced(source, edited), options.environment ?? null);
    const errors = after.problems.filter(({ severity }) => severity === 'error');
    if (errors.length > 0) {
      terminal.note(problemsText(errors, terminal));
      const isOld = before.problems.some(({ severity }) => severity === 'error');
      terminal.note(
        `nothing is written: ${isOld ? 'the manifests of HEAD have errors already' : 'with this the manifests would have errors'}`,
      );
      end('INVALID');
      return null;
    }
    if (options.dryRun === true) {
      terminal.out(diffText(edited, terminal));
      terminal.note('nothing is written');
      return null;
    }
    const commit = await tree.commitFile(edited.path, edited.text, `${title} ${edited.isLeaving ? 'of' : 'in'} cluster ${edited.cluster}`);
    terminal.out(commit);
    terminal.note(`${title} ${edited.isLeaving ? 'of' : 'in'} cluster ${edited.cluster}: committed in ${edited.path}`);
    const next = (await tree.hasRemote())
      ? 'git push brings it to where the daemon looks'
      : 'a daemon that follows this folder takes it up by itself';
    terminal.note(`next: ${next}; git revert ${commit.slice(0, 12)} takes it back`);
    return edited;
  } catch (error) {
    throw failureOf(error);
  }
}

function instanceOf(name: string, options: RegisterOptions): ContainerInstance {
  const { endpoint, address, credential, attribute, cpu, memory, reservedCpu, reservedMemory, reservedPort } = options;
  const reserved = {
    ...(reservedCpu !== undefined && { cpu: reservedCpu }),
    ...(reservedMemory !== undefined && { memory: reservedMemory }),
    ...(reservedPort !== undefined && { ports: [...reservedPort] }),
  };
  return {
    name,
    endpoint,
    ...(credential !== undefined && { credentials: credential }),
    ...(address !== undefined && { address }),
    ...(attribute !== undefined && { attributes: [...attribute] }),
    ...(cpu !== undefined && { cpu }),
    ...(memory !== undefined && { memory }),
    ...(Object.keys(reserved).length > 0 && { reserved }),
  };
}

/** `disk=ssd`, or `gpu` alone. Throws commander's InvalidArgumentError. */
function parseAttribute(text: string, before: readonly InstanceAttribute[] | undefined): readonly InstanceAttribute[] {
  const at = text.indexOf('=');
  const name = at === -1 ? text : text.slice(0, at);
  const known = (before ?? []).map((each) => each.name);
  if (name === '' || at === text.length - 1) throw new InvalidArgumentError('It is name=value, or a name alone.');
  if (known.includes(name)) throw new InvalidArgumentError(`${name} is given twice.`);
  return [...(before ?? []), at === -1 ? { name } : { name, value: text.slice(at + 1) }];
}

/** The change as a diff of one hunk, three lines around it. */
function diffText({ path, before, text, isNew }: NewText, { paint }: Terminal): string {
  const old = linesOf(before);
  const now = linesOf(text);
  let head = 0;
  while (head < Math.min(old.length, now.length) && old[head] === now[head]) head++;
  let tail = 0;
  while (tail < Math.min(old.length, now.length) - head && old.at(-1 - tail) === now.at(-1 - tail)) tail++;
  const first = Math.max(0, head - 3);
  const around = Math.min(3, tail);
  const part = (lines: readonly string[]): string => {
    const length = lines.length - tail + around - first;
    return `${length === 0 ? 0 : first + 1},${length}`;
  };
  return [
    `--- ${isNew ? '/dev/null' : `a/${path}`}`,
    `+++ b/${path}`,
    paint('cyan', `@@ -${part(old)} +${part(now)} @@`),
    ...old.slice(first, head).map((line) => ` ${line}`),
    ...old.slice(head, old.length - tail).map((line) => paint('red', `-${line}`)),
    ...now.slice(head, now.length - tail).map((line) => paint('green', `+${line}`)),
    ...old.slice(old.length - tail, old.length - tail + around).map((line) => ` ${line}`),
  ].join('\n');
}

function linesOf(text: string): readonly string[] {
  return text === '' ? [] : text.replace(/\n$/, '').split('\n');
}

/** What a daemon knows of an instance; null when there is none to ask, or it does not know it. */
async function seenInstance(name: string, stateFolder: string): Promise<InstanceLine | null> {
  try {
    return await doorClient(statePaths(stateFolder).socket).instance(name);
  } catch {
    return null; // the commit is made; this is only to say more
  }
}

function partingLines(name: string, found: InstanceLine | null, { isLast, cluster }: NewText): readonly string[] {
  const grace = 'disconnectedGraceSeconds of its cluster (300 where it says nothing)';
  const alone = isLast ? [`${cluster} declares no instance any more: the engines that the daemon was started with serve it`] : [];
  if (found === null)
    return [...alone, `its tasks leave it as from one that drains; if it is silent, they are replaced once ${grace} has passed`];
  if (!found.agentConnected) {
    const silence = found.silence === null ? '' : ` (${found.silence})`;
    const left = found.tasks === 0 ? 'no task is known there' : `its ${count(found.tasks, 'task')} will be replaced elsewhere`;
    return [
      ...alone,
      `${name} is silent${silence}: ${left}, at once where ${grace} has passed, else when it has; containers that run on there are never stopped by us again`,
    ];
  }
  if (found.tasks === 0) return [...alone, `no task is on ${name}: it is forgotten with the next turns`];
  return [
    ...alone,
    `${count(found.tasks, 'task')} will leave ${name} first, in the budget of their services; longshore describe instance ${name} shows what is left`,
  ];
}
