// A beginning and an end: the second one comes later. Used by whatever has a start and an end date.
import { momentMs } from '../../model/time/moment.ts';
import { onValue } from '../finding.ts';
import type { Finding } from '../finding.ts';

/** A finding when the end is not after the start. */
export function orderedMoments(
  start: string | number | undefined,
  end: string | number | undefined,
  startKey: string,
  endKey: string,
): Finding[] {
  const from = start === undefined ? null : momentMs(start);
  const to = end === undefined ? null : momentMs(end);
  if (from === null || to === null || from < to) return [];
  return [onValue('end-before-start', [endKey], `${endKey} ${end} is not after ${startKey} ${start}`, 'write a later end')];
}
