// How long 1,000 manifests take to be validated, beside the YAML parser alone over the same texts in the same run; how that grows; and what
// a commit costs that changes one file of them. Nothing is read from a disk: texts come in, problems go out.
import { parseAllDocuments } from 'yaml';
import { createLoader, load } from '../src/manifest/load.ts';
import { type Benchmark, median, type Row, told } from './measure.ts';
import type { SourceFile } from '../src/manifest/source.ts';

const ROUNDS = 9;
const SIZES = [250, 1_000, 4_000] as const;
/** Of the parser's own time. */
const ALLOWED = 1.5;
/** Linear is 1; caches of the processor and the collector of garbage make the rest. */
const LINEAR = 2;

export const validate: Benchmark = {
  about: '1,000 manifests validated, beside the YAML parser alone; growth; a commit that changes one file',
  run: ({ pairs }) => {
    const rounds = pairs ?? ROUNDS;
    const fleets = SIZES.map(fleet);
    const times = new Map<string, number[]>();
    const timed = (name: string, work: () => unknown): void => {
      const began = performance.now();
      work();
      times.set(name, [...(times.get(name) ?? []), performance.now() - began]);
    };
    for (let round = 0; round < rounds; round++) {
      for (const files of fleets) {
        timed(`parser ${files.length}`, () => parsed(files));
        timed(`ours ${files.length}`, () => accepted(load(files, 'bench').desired));
      }
      timed('changed', afterChange(fleets[1] ?? []));
      told(`validate: round ${round + 1} of ${rounds}`);
    }
    return Promise.resolve(rowsOf((name) => median(times.get(name) ?? [])));
  },
};

function rowsOf(time: (name: string) => number): readonly Row[] {
  const [small, middle, large] = SIZES;
  const perFile = (size: number): number => (time(`ours ${size}`) / size) * 1_000;
  return [
    {
      figure: `${middle} manifests validated`,
      ours: time(`ours ${middle}`),
      limit: time(`parser ${middle}`),
      unit: 'ms',
      allowed: ALLOWED,
      note: 'limit: the YAML parser alone',
    },
    { figure: 'growth', ours: perFile(large), limit: perFile(small), unit: 'us/file', allowed: LINEAR, note: `${small} -> ${large} files` },
    {
      figure: 'a commit that changes one file',
      ours: time('changed'),
      limit: time(`ours ${middle}`),
      unit: 'ms',
      allowed: 0.25,
      note: `of ${middle}; limit: all of them`,
    },
  ];
}

/** The parser with the options of the loader, called as everybody calls it, and nothing else. */
function parsed(files: readonly SourceFile[]): void {
  for (const { content } of files) {
    const text = new TextDecoder().decode(content);
    parseAllDocuments(text, { uniqueKeys: false, logLevel: 'error', resolveKnownTags: false, prettyErrors: false });
  }
}

function accepted(desired: unknown): void {
  if (desired === null) throw new Error('the manifests of the benchmark are refused');
}

/** A load that has read all of the files before, and is given them again with one changed. */
function afterChange(files: readonly SourceFile[]): () => void {
  const loader = createLoader();
  loader(files, 'before');
  const [first, ...rest] = files;
  const changed = first === undefined ? [] : [{ ...first, id: `${first.id} changed` }];
  return () => accepted(loader([...changed, ...rest], 'after').desired);
}

/** So many files, each a service as people write it, with its task definition and target group, and one load balancer for every hundred. */
function fleet(size: number): SourceFile[] {
  return Array.from({ length: size }, (_, index) => {
    const content = new TextEncoder().encode(serviceText(index) + (index % 100 === 0 ? balancerText(index, size) : ''));
    return { path: `services/team-${index % 20}/service-${index}.yaml`, id: String(index), kind: 'file', size: content.length, content };
  });
}

function serviceText(index: number): string {
  return `# Orders, part ${index}: takes what the shop hands over and writes it down.
kind: TaskDefinition
family: service-${index}
cpu: 512
memory: 1 GB
containerDefinitions:
  - name: app
    image: registry.example.com/shop/service-${index}:1.${index % 40}.2
    memory: 512 # MiB
    memoryReservation: 256
    essential: true
    portMappings:
      - containerPort: 8080
        protocol: tcp
        name: http
    environment:
      - { name: LOG_LEVEL, value: info }
      - { name: DATABASE_HOST, value: database-${index % 7}.internal }
      - { name: QUEUE, value: "orders-${index}" }
    healthCheck:
      command: ["CMD-SHELL", "wget -qO- http://127.0.0.1:8080/healthz || exit 1"]
      interval: 10
      timeout: 3
      retries: 3
      startPeriod: 20
    stopTimeout: 20
  - name: metrics
    image: registry.example.com/tools/exporter:0.9
    memory: 64
    essential: false
    command: [--listen, ":9100"]
---
kind: Service
serviceName: service-${index}
taskDefinition: service-${index}
desiredCount: ${1 + (index % 5)}
healthCheckGracePeriodSeconds: 30
loadBalancers:
  - targetGroupArn: group-${index}
    containerName: app
    containerPort: 8080
deploymentConfiguration:
  minimumHealthyPercent: 100
  maximumPercent: 200
  deploymentCircuitBreaker: { enable: true, rollback: true }
---
kind: TargetGroup
name: group-${index}
healthCheckPath: /healthz
healthCheckIntervalSeconds: 10
targetGroupAttributes:
  - key: deregistration_delay.timeout_seconds
    value: "30"
`;
}

/** Rules for the next hundred services. */
function balancerText(from: number, size: number): string {
  const rules = Array.from({ length: Math.min(100, size - from) }, (_, index) => {
    const number = from + index;
    return `      - priority: ${index + 1}
        conditions: [{ field: host-header, values: [service-${number}.example.com] }]
        actions: [{ type: forward, targetGroupArn: group-${number} }]
`;
  });
  return `---
kind: LoadBalancer
name: edge-${from / 100}
listeners:
  - port: ${10_000 + from / 100}
    defaultActions: [{ type: forward, targetGroupArn: group-${from} }]
    rules:
${rules.join('')}`;
}
