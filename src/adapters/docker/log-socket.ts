// Where the socket of a log router is, for the engine's own log driver: inside a volume, whose folder only the engine knows. It stands there
// as soon as the router listens; the driver waits for it. Linux only, as are the engines that run such tasks.
import type { Client } from './client.ts';
import type { ContainerSpec } from '../../model/turn/plan.ts';
import { EngineRefusal } from './errors.ts';
import { inspectVolume } from './volumes.ts';

/** sun_path of Linux holds 107 characters and a zero. */
const LONGEST_PATH = 107;

/** `spec` with the address of the router's socket among the options of its log; unchanged without one. Rejects with an EngineRefusal. */
export async function withLogSocket(client: Client, spec: ContainerSpec, signal: AbortSignal): Promise<ContainerSpec> {
  const { log } = spec.settings;
  if (log?.socket === undefined) return spec;
  const volume = await inspectVolume(client, log.socket.volume, signal);
  if (volume?.Mountpoint === undefined)
    throw new EngineRefusal(503, `the volume ${log.socket.volume} for the socket of the log router is not there`);
  const path = `${volume.Mountpoint}/${log.socket.file}`;
  if (path.length > LONGEST_PATH)
    throw new EngineRefusal(
      400,
      `the socket of the log router would be ${path}, and its path may have ${LONGEST_PATH} characters at most: the data-root of the engine is too long`,
    );
  return { ...spec, settings: { ...spec.settings, log: { ...log, options: { ...log.options, 'fluentd-address': `unix://${path}` } } } };
}
