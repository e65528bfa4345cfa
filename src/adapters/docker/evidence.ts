// What an engine knows of a container that has ended: exit, health checks, last lines. The values of named variables, and of those that
// we add ourselves, are taken out here, so that they never leave the adapter; what else a program prints is its own.
import { LOG_UNREADABLE } from '../../daemon/ports.ts';
import { type ContainerEvidence, EVIDENCE_BYTES, EVIDENCE_LINES, boundedEvidence } from '../../model/stopped-task.ts';
import type { LogLine } from '../../model/container-log.ts';
import { OWN_VARIABLES } from '../../model/task-metadata.ts';
import type { Client } from './client.ts';
import { inspect, momentOf } from './container-view.ts';
import { withoutSecrets } from './errors.ts';
import { readLog } from './logs.ts';

/** The evidence of a container; null: it is gone. See Engine.evidence. */
export async function readEvidence(
  client: Client,
  container: string,
  secrets: readonly string[] | null,
  signal: AbortSignal,
): Promise<Omit<ContainerEvidence, 'name'> | null> {
  const [inspection, { log, missing }] = await Promise.all([inspect(client, container, signal), lastLines(client, container, signal)]);
  if (inspection === null) return null;
  const { State, Config } = inspection;
  const values = (Config.Env ?? []).flatMap((entry) => {
    const at = entry.indexOf('=');
    const [name, value] = [entry.slice(0, at), entry.slice(at + 1)];
    // Of an address of ours the last part is what nobody else may know.
    if (OWN_VARIABLES.includes(name)) return [value, value.slice(value.lastIndexOf('/') + 1)];
    return secrets === null || secrets.includes(name) ? [value] : [];
  });
  const clean = (text: string): string => withoutSecrets(text, values);
  const evidence = {
    name: '',
    exitCode: State.Status === 'created' ? null : State.ExitCode,
    oomKilled: State.OOMKilled,
    error: clean(State.Error ?? ''),
    startedAt: momentOf(State.StartedAt),
    finishedAt: momentOf(State.FinishedAt),
    health: (State.Health?.Log ?? []).map(({ Start, ExitCode, Output }) => ({
      at: momentOf(Start ?? ''),
      exitCode: ExitCode,
      output: clean(Output).trimEnd(),
    })),
    log: log.map((line) => ({ ...line, text: clean(line.text) })),
    logMissing: missing,
  };
  const { name: _, ...bounded } = boundedEvidence(evidence, EVIDENCE_BYTES);
  return bounded;
}

async function lastLines(
  client: Client,
  container: string,
  signal: AbortSignal,
): Promise<{ log: readonly LogLine[]; missing: string | null }> {
  const log: LogLine[] = [];
  try {
    for await (const line of readLog(client, container, { since: null, tail: EVIDENCE_LINES, follow: false }, signal)) log.push(line);
    return { log, missing: null };
  } catch (error) {
    if (!(error instanceof Error) || !('code' in error) || error.code !== LOG_UNREADABLE) throw error;
    return { log: [], missing: error.message };
  }
}
