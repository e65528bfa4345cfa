// `longshore events`: what happened, oldest first. From the daemon when one answers, else from the store it left; following needs a daemon.
import { doorClient, DoorError } from '../api/client.ts';
import { DEFAULT_EVENTS, MAX_EVENTS } from '../api/events.ts';
import { examples, interruption } from './verb.ts';
import { failureOf } from './failure.ts';
import { outputOption, parseCount, parseDuration, stateFolderOf, stateOption, statePaths } from './options.ts';
import type { Command } from 'commander';
import type { Context } from './verb.ts';
import type { EventRequest } from '../api/client.ts';
import type { StoredEvent } from '../daemon/ports.ts';
import type { Terminal } from './terminal.ts';

/** Where to begin: after an event's number, or at a moment. */
type Since = { readonly sequence: number } | { readonly at: number };

interface EventOptions {
  readonly state?: string;
  readonly follow?: true;
  readonly since?: Since;
  readonly limit: number;
  readonly output: string;
}

/** Registers `events`. */
export function defineEvents(program: Command, { terminal, end }: Context): void {
  program
    .command('events')
    .description('show what happened: deployments, tasks, commits')
    .addOption(stateOption())
    .option('-f, --follow', 'go on with what happens next, until Ctrl-C or the daemon ends')
    .option('--since <when>', 'events after this number (120), or of this last time (10m)', parseSince)
    .option('--limit <count>', `at most so many of the past, the newest (at most ${MAX_EVENTS})`, parseCount, DEFAULT_EVENTS)
    .addOption(outputOption(['text', 'json']))
    .addHelpText(
      'after',
      examples(
        ['longshore events --follow', 'watch a deployment'],
        ['longshore events --since 10m', 'the last ten minutes'],
        ['longshore events --output json --since 120', 'one JSON object a line, after event 120'],
      ),
    )
    .action(async (options: EventOptions) => {
      const stop = interruption();
      let blocked: string | null = null;
      try {
        for await (const event of eventsOf(options, stop.signal)) {
          if (options.since && 'at' in options.since && event.at < options.since.at) continue;
          terminal.out(options.output === 'json' ? JSON.stringify(event) : eventText(event, terminal));
          if (event.kind === 'service-blocked') blocked = event.service;
          else if (event.kind === 'service-steady' && event.service === blocked) blocked = null;
        }
      } finally {
        stop.release();
      }
      if (blocked !== null && options.output === 'text')
        terminal.note(`longshore why ${blocked} tells what holds it up now, instance by instance`);
      if (stop.signal.aborted) end('INTERRUPTED');
    });
}

/** An event as one line: number, local time, cluster, message. */
export function eventText(event: StoredEvent, { paint }: Pick<Terminal, 'paint'>): string {
  const style = /failed|unhealthy|blocked|refused|disconnected/.test(event.kind)
    ? 'red'
    : /completed|steady|healthy|accepted|connected/.test(event.kind)
      ? 'green'
      : null;
  const message = style === null ? event.message : paint(style, event.message);
  // ECS's wording names the service; only its cluster is missing.
  const cluster = event.service === '' ? '' : `${event.service.split('/')[0]}: `;
  return `${paint('dim', `#${event.sequence}  ${timeText(event.at)}`)}  ${cluster}${message}`;
}

async function* eventsOf(options: EventOptions, signal: AbortSignal): AsyncGenerator<StoredEvent, void, void> {
  const folder = stateFolderOf(options);
  const bySequence = options.since && 'sequence' in options.since ? options.since.sequence : null;
  const limit = options.since === undefined ? options.limit : MAX_EVENTS;
  const query: EventRequest = { after: bySequence, limit, follow: options.follow === true };
  try {
    yield* doorClient(statePaths(folder).socket).events(query, signal);
  } catch (error) {
    if (!(error instanceof DoorError) || error.trouble !== 'absent' || options.follow) throw failureOf(error, folder);
    yield* await storedEvents(folder, query, error);
  }
}

/** What the last daemon of this folder left; the door's error when there never was one. */
async function storedEvents(folder: string, query: EventRequest, absent: DoorError): Promise<readonly StoredEvent[]> {
  const { existsSync } = await import('node:fs');
  if (!existsSync(folder)) throw failureOf(absent, folder);
  const { openStoreReadOnly } = await import('../adapters/store/sqlite.ts');
  const store = await openStoreReadOnly(folder);
  try {
    return await store.events(query.after, query.limit);
  } finally {
    await store.close();
  }
}

function parseSince(text: string): Since {
  return /^[0-9]+$/.test(text) ? { sequence: parseCount(text) } : { at: Date.now() - parseDuration(text) };
}

/** Local time to the second, sortable: 2026-01-31 23:59:59. */
export function timeText(at: number): string {
  const local = new Date(at - new Date(at).getTimezoneOffset() * 60_000);
  return local.toISOString().slice(0, 19).replace('T', ' ');
}
