// How far a pull is, from the lines that an engine writes of it: one a layer and step, some hundred for a large image.
// Layers of which nothing was said yet are not known: both totals grow while a pull begins.
import type { PullProgress } from '../../daemon/ports.ts';

/** Takes one line of the engine's stream; the progress after it, null when the line says nothing of a layer. */
export type ReadLine = (line: unknown) => PullProgress | null;

interface Layer {
  readonly bytes: number;
  readonly totalBytes: number;
  readonly isDone: boolean;
}

/** An image has at most 127 layers; a stream that names more is not counted on. */
const LAYERS_MAX = 1_000;
/** dockerd: the steps of a layer. A line with another status, such as `Pulling from team/app`, is of no layer. */
const DONE: readonly string[] = ['Pull complete', 'Already exists'];
const STEPS: readonly string[] = [
  ...DONE,
  'Pulling fs layer',
  'Waiting',
  'Downloading',
  'Verifying Checksum',
  'Download complete',
  'Extracting',
];

/** A reader for the lines of one pull. */
export function pullProgress(): ReadLine {
  const layers = new Map<string, Layer>();
  let total: PullProgress = { layers: 0, layersDone: 0, bytes: 0, totalBytes: 0 };
  return (line) => {
    const { id, status, progressDetail } = line as {
      id?: unknown;
      status?: unknown;
      progressDetail?: { current?: number; total?: number };
    };
    if (typeof id !== 'string' || typeof status !== 'string' || !STEPS.includes(status)) return null;
    const before = layers.get(id);
    if (before === undefined && layers.size >= LAYERS_MAX) return null;
    const after = layerAfter(before ?? { bytes: 0, totalBytes: 0, isDone: false }, status, progressDetail ?? {});
    layers.set(id, after);
    total = {
      layers: layers.size,
      layersDone: total.layersDone + Number(after.isDone) - Number(before?.isDone ?? false),
      bytes: total.bytes + after.bytes - (before?.bytes ?? 0),
      totalBytes: total.totalBytes + after.totalBytes - (before?.totalBytes ?? 0),
    };
    return total;
  };
}

/** Bytes are those of the download; what is extracted has another size and is told by the layers that are done. */
function layerAfter(layer: Layer, status: string, { current, total }: { readonly current?: number; readonly total?: number }): Layer {
  if (DONE.includes(status)) return { ...layer, bytes: layer.totalBytes, isDone: true };
  if (status === 'Downloading') {
    const totalBytes = Math.max(total ?? 0, layer.totalBytes);
    return { ...layer, totalBytes, bytes: Math.min(Math.max(current ?? 0, layer.bytes), totalBytes) };
  }
  return status === 'Download complete' || status === 'Extracting' ? { ...layer, bytes: layer.totalBytes } : layer;
}
