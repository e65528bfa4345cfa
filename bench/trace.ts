// What the daemon logged during one measured stretch, with milliseconds since its beginning: shows where the time goes.
import type { House } from '../test/e2e/house.ts';
import { told } from './measure.ts';

/** Starts a stretch; the returned function prints it. `begin` and the daemon's log share the machine's clock. */
export function traced(house: House, wanted: boolean): (name: string, begin: number) => void {
  const before = wanted ? house.log().length : 0;
  return (name, begin) => {
    if (!wanted) return;
    told(`--- ${name}`);
    for (const line of house.log().slice(before)) {
      const ms = Date.parse(String(line['time'])) - (performance.timeOrigin + begin);
      const about = line['key'] ?? line['event'] ?? line['reason'] ?? '';
      told(`${ms.toFixed(0).padStart(6)} ms  ${text(line['message'])}  ${text(about)}`);
    }
  };
}

function text(value: unknown): string {
  return typeof value === 'string' ? value : '';
}
