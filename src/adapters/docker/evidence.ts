// What an engine knows of a container that has ended: exit, health checks, last lines. The values of named variables and files, and of those
// that we add ourselves, are taken out here, so that they never leave the adapter; what else a program prints is its own. Where a file can't be
// read any more nobody knows what to take out, and its texts are left behind.
import { LOG_UNREADABLE } from '../../daemon/ports.ts';
import {
  type ContainerEvidence,
  EVIDENCE_BYTES,
  EVIDENCE_LINES,
  boundedEvidence,
  type SecretPlaces,
} from '../../model/task/stopped-task.ts';
import type { LogLine } from '../../model/task/container-log.ts';
import { OWN_VARIABLES } from '../../model/task/task-metadata.ts';
import type { Client } from './client.ts';
import { inspect, logOptions, momentOf } from './container-view.ts';
import { withoutSecrets } from './secrecy.ts';
import { textOfFile } from './files.ts';
import { readLog } from './logs.ts';

/** Why nothing is kept of what a container has said. */
const SECRET_FILE_GONE = 'a file of it that holds a secret can not be read any more, so nobody knows what must not be kept of it';

/** The evidence of a container; null: it is gone. See Engine.evidence. */
export async function readEvidence(
  client: Client,
  container: string,
  secrets: SecretPlaces,
  signal: AbortSignal,
): Promise<Omit<ContainerEvidence, 'name'> | null> {
  const [inspection, files, told] = await Promise.all([
    inspect(client, container, signal),
    textsOf(client, container, secrets.files, signal),
    lastLines(client, container, signal),
  ]);
  if (inspection === null) return null;
  const isKept = files !== null;
  const { log, missing } = isKept ? told : { log: [], missing: SECRET_FILE_GONE };
  const { State, Config } = inspection;
  const values = (Config.Env ?? []).flatMap((entry) => {
    const at = entry.indexOf('=');
    const [name, value] = [entry.slice(0, at), entry.slice(at + 1)];
    // Of an address of ours the last part is what nobody else may know.
    if (OWN_VARIABLES.includes(name)) return [value, value.slice(value.lastIndexOf('/') + 1)];
    return secrets.variables === null || secrets.variables.includes(name) ? [value] : [];
  });
  const clean = (text: string): string => withoutSecrets(text, [...values, ...(files ?? [])]);
  const evidence = {
    name: '',
    exitCode: State.Status === 'created' ? null : State.ExitCode,
    oomKilled: State.OOMKilled,
    error: withoutSecrets(clean(State.Error ?? ''), logOptions(inspection)),
    startedAt: momentOf(State.StartedAt),
    finishedAt: momentOf(State.FinishedAt),
    health: (State.Health?.Log ?? []).map(({ Start, ExitCode, Output }) => ({
      at: momentOf(Start ?? ''),
      exitCode: ExitCode,
      output: isKept ? clean(Output).trimEnd() : '',
    })),
    log: log.map((line) => ({ ...line, text: clean(line.text) })),
    logMissing: missing,
  };
  const { name: _, ...bounded } = boundedEvidence(evidence, EVIDENCE_BYTES);
  return bounded;
}

/** What stands in files of a container; null: one of them can't be read. */
async function textsOf(
  client: Client,
  container: string,
  paths: readonly string[],
  signal: AbortSignal,
): Promise<readonly string[] | null> {
  const texts: string[] = [];
  for (const path of paths) {
    const text = await textOfFile(client, container, path, signal);
    if (text === null) return null;
    texts.push(text.trim());
  }
  return texts;
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
