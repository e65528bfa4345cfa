// The host ports that a task got for its ranges of ports (ECS: hostPortRange). They are chosen when the task is placed, and stand in its row
// and in the labels of its containers, so that a ledger that was lost gives none of them away twice. Deliberately absent: how they are chosen.

/** A run of ports of the instance for one containerPortRange. */
export interface HostRange {
  readonly container: string;
  readonly protocol: 'tcp' | 'udp';
  /** The first port in the container, and the first on the instance. */
  readonly containerPort: number;
  readonly hostPort: number;
  /** How many ports each of the two has. */
  readonly length: number;
}

/** `main=61000-61010:8000-8010/tcp`, with commas between several: as a label has it. */
export function rangesText(ranges: readonly HostRange[]): string {
  return ranges
    .map(({ container, protocol, containerPort, hostPort, length }) => {
      return `${container}=${rangeText(hostPort, length)}:${rangeText(containerPort, length)}/${protocol}`;
    })
    .join(',');
}

/** What `rangesText` wrote. Labels are ours alone to write; what is malformed all the same names no range. */
export function rangesIn(text: string): readonly HostRange[] {
  return text.split(',').flatMap((part): HostRange[] => {
    const found = /^([A-Za-z0-9_-]+)=(\d{1,5})-(\d{1,5}):(\d{1,5})-(\d{1,5})\/(tcp|udp)$/.exec(part);
    const [, container = '', first, last, target, targetLast, protocol] = found ?? [];
    const [hostPort, containerPort] = [Number(first), Number(target)];
    const length = Number(last) - hostPort + 1;
    if (found === null || length < 1 || Number(targetLast) - containerPort + 1 !== length) return [];
    return [{ container, protocol: protocol === 'udp' ? 'udp' : 'tcp', containerPort, hostPort, length }];
  });
}

/** Ports as ECS writes a range of them. */
export function rangeText(first: number, length: number): string {
  return `${first}-${first + length - 1}`;
}
