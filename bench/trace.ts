// What happened during one measured stretch, with milliseconds since its beginning: what the daemon logged, and what the engine told of the
// containers of both sides. Shows where the time goes; printed only when asked for, because reading a long log is work too.
import { LABEL_INSTALLATION } from '../src/model/turn/identity.ts';
import { told } from './measure.ts';
import type { Scene } from './scene.ts';

/** Starts a stretch; the returned function ends and prints it. `begin`: `performance.now()` of its zero. */
export function traced(scene: Scene, wanted: boolean): (name: string, begin: number) => void {
  if (!wanted) return () => undefined;
  const { house, engine } = scene;
  const before = house.log().length;
  const lines: { readonly at: number; readonly text: string }[] = [];
  const off = engine.onEvent(({ action, id, labels, at }) => {
    if (labels[LABEL_INSTALLATION]?.startsWith(house.installation)) lines.push({ at, text: `  engine: ${action} ${id.slice(0, 8)}` });
  });
  return (name, begin) => {
    off();
    for (const line of house.log().slice(before)) {
      // The daemon and we share the machine's clock, in whole milliseconds.
      const at = Date.parse(text(line['time'])) - performance.timeOrigin;
      lines.push({ at, text: `${text(line['message'])} ${text(line['key'] ?? line['event'] ?? line['reason'])}` });
    }
    told(`--- ${name}`);
    for (const line of lines.sort((a, b) => a.at - b.at)) told(`${(line.at - begin).toFixed(0).padStart(6)} ms  ${line.text}`);
  };
}

function text(value: unknown): string {
  return typeof value === 'string' ? value : '';
}
