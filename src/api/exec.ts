// A session at the door: one connection, upgraded from HTTP, on which a person's terminal and a command in a container talk to each other.
// ECS's own rule decides who may: the service must have enableExecuteCommand. Absent: ECS's SSM protocol, and any end of an idle session.
import { once } from 'node:events';
import type { Duplex } from 'node:stream';
import { choose, SHORT_ID } from './choose.ts';
import { worldOf } from './describe.ts';
import { type Frame, FRAME, framesOf, frameOf, jsonOf } from './frames.ts';
import { Refusal } from './refusal.ts';
import { viewsByTask } from '../core/turn.ts';
import { reasonOf } from '../daemon/deadline.ts';
import { PAUSE } from '../model/task/pause.ts';
import { byText } from '../std/order.ts';
import type { DaemonDoor } from '../daemon/view.ts';
import type { ExecRequest } from '../model/task/exec.ts';
import type { ExecSession } from '../daemon/ports.ts';
import type { Task } from '../model/task/task.ts';
import type { World } from '../model/turn/plan.ts';

/** The first frame of a session. */
export interface ExecStart extends ExecRequest {
  /** A service or a task, as `choose` reads it. */
  readonly of: string;
  /** Needed where the task has several; null: the only one. */
  readonly container: string | null;
}

/** Where the command runs: told before its first byte. */
export interface ExecStarted {
  readonly task: string;
  readonly service: string;
  readonly container: string;
}

interface Place extends ExecStarted {
  readonly instance: string;
  readonly id: string;
}

/** Serves one session on a connection that has been upgraded; settles when it is over. Never rejects. */
export async function serveExec(door: DaemonDoor, socket: Duplex): Promise<void> {
  const left = new AbortController();
  socket.on('error', () => undefined); // its end is heard as `close`
  socket.once('close', () => left.abort(new Error('the client has left')));
  let session: ExecSession | null = null;
  try {
    const frames = framesOf(socket);
    const first = await frames.next();
    if (first.done === true) return;
    const start = startOf(first.value);
    const { instance, id, ...place } = placeOf(worldOf(door), start);
    session = await door.exec(instance, id, start, left.signal);
    socket.write(frameOf(FRAME.started, place));
    void pump(frames, session, left);
    for await (const { stream, bytes } of session.output) await send(socket, frameOf(FRAME[stream], bytes), left.signal);
    socket.end(frameOf(FRAME.exit, { exitCode: await session.exitCode() }));
  } catch (error) {
    const hint = error instanceof Refusal ? error.hint : 'longshore describe task tells whether the container runs and its engine answers.';
    if (!left.signal.aborted) socket.end(frameOf(FRAME.error, { error: reasonOf(error), hint }));
  } finally {
    session?.close();
  }
}

/** What the client sends, until it leaves. */
async function pump(frames: AsyncGenerator<Frame, void, void>, session: ExecSession, left: AbortController): Promise<void> {
  try {
    for await (const frame of frames) {
      if (frame.kind === FRAME.stdin) await session.write(frame.body);
      if (frame.kind === FRAME.end) session.end();
      if (frame.kind === FRAME.resize) await resized(session, jsonOf(frame));
    }
  } catch (error) {
    left.abort(error);
  }
  session.close();
}

async function resized(session: ExecSession, size: unknown): Promise<void> {
  const { columns, rows } = size as { columns?: unknown; rows?: unknown };
  if (isSize(columns) && isSize(rows)) await session.resize(columns, rows);
}

function startOf(frame: Frame): ExecStart {
  const start = frame.kind === FRAME.start ? (jsonOf(frame) as Partial<Record<keyof ExecStart, unknown>>) : {};
  const { of, container = null, command, stdin, tty, columns, rows } = start;
  const isText = (value: unknown): value is string => typeof value === 'string';
  if (
    !isText(of) ||
    !(container === null || isText(container)) ||
    !Array.isArray(command) ||
    !command.every(isText) ||
    command.length === 0
  )
    throw new Refusal(400, 'a session begins with what to run where', 'Is this command the same version as the daemon?');
  const size = { columns: isSize(columns) ? columns : 80, rows: isSize(rows) ? rows : 24 };
  return { of, container, command, stdin: stdin === true, tty: tty === true, ...size };
}

function isSize(value: unknown): value is number {
  return typeof value === 'number' && Number.isInteger(value) && value > 0 && value < 10_000;
}

/** The container that is meant. Throws a Refusal. */
function placeOf(world: World, { of, container }: ExecStart): Place {
  const task = taskOf(world, of);
  const service = `${task.cluster}/${task.service}`;
  if (world.desired.services.get(service)?.spec.enableExecuteCommand !== true)
    throw new Refusal(
      409,
      `service ${service} does not allow commands in its tasks`,
      'Set enableExecuteCommand: true in its manifest and commit that; no task is replaced for it.',
    );
  const instance = world.observed.instances.get(task.instance);
  if (instance?.connected !== true)
    throw new Refusal(409, `engine ${task.instance} does not answer`, 'longshore status says since when and why.');
  const views = (viewsByTask(instance.containers).get(task.id) ?? []).filter((view) => view.identity.container !== PAUSE);
  const running = views.filter((view) => view.state === 'running');
  const names = running.map((view) => view.identity.container).sort(byText);
  const [only] = container === null ? running : running.filter((view) => view.identity.container === container);
  const short = task.id.slice(0, SHORT_ID);
  if (only === undefined)
    throw new Refusal(
      409,
      container === null ? `no container of task ${short} runs` : `task ${short} has no running container ${container}`,
      names.length === 0 ? `longshore describe task ${short} tells why.` : `These run: ${names.join(', ')}.`,
    );
  if (container === null && running.length > 1)
    throw new Refusal(409, `task ${short} has several containers`, `Name one with --container: ${names.join(', ')}.`);
  return { task: task.id, service, container: only.identity.container, instance: task.instance, id: only.id };
}

/** A task by its id, or of a service the one that runs best: healthy before others, then by slot. */
function taskOf(world: World, word: string): Task {
  const chosen = choose(world, word);
  if (chosen.kind === 'task') {
    const task = world.ledger.tasks.get(chosen.id);
    if (task !== undefined) return task;
  }
  const rank = (task: Task): number => (task.health === 'HEALTHY' ? 0 : 1);
  const tasks = [...world.ledger.tasks.values()].filter(
    (task) => `${task.cluster}/${task.service}` === chosen.id && task.lastStatus === 'RUNNING' && task.desiredStatus === 'RUNNING',
  );
  const [best] = tasks.sort((a, b) => rank(a) - rank(b) || a.slot - b.slot || byText(a.id, b.id));
  if (best === undefined)
    throw new Refusal(409, `no task of ${chosen.id} runs`, `longshore describe service ${word} tells what it waits for.`);
  return best;
}

async function send(socket: Duplex, bytes: Buffer, signal: AbortSignal): Promise<void> {
  if (socket.write(bytes)) return;
  await once(socket, 'drain', { signal });
}
