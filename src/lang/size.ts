// Sizes of a whole task: CPU in units (1024 a core) or vCPU, memory in MiB or GB, as ECS RegisterTaskDefinition takes them.
// ECS knows no other suffix (no "512m", no "MB"), so neither does Longshore: a guess here would be off by a factor.
import { fault, read } from './parsed.ts';
import type { Parsed } from './parsed.ts';

const UNITS_PER_VCPU = 1_024;
const MIB_PER_GB = 1_024;
/** ECS on EC2: 128 to 196,608 units for a task (spec 1.2). */
const CPU_MIN = 128;
const CPU_MAX = 196_608;
/** Docker starts no container below 4 MiB; the upper end keeps the size in bytes a safe integer. */
const MEMORY_MIN = 4;
const MEMORY_MAX = 1_073_741_824;

const NUMBER = /^(?:[0-9]{1,12}(?:\.[0-9]{1,6})?|\.[0-9]{1,6})/;

/** CPU units of `256`, `1 vCPU` or `.25 vcpu`; the fault says why a text is none of them. */
export function parseCpuUnits(text: string): Parsed<number> {
  return parseSize(text, {
    suffix: 'vcpu',
    factor: UNITS_PER_VCPU,
    what: 'CPU units',
    minimum: CPU_MIN,
    maximum: CPU_MAX,
    hint: 'write CPU units ("256", 1024 a core) or virtual CPUs (".25 vCPU")',
  });
}

/** MiB of `512`, `1 GB` or `0.5GB` (ECS: a GB is 1024 MiB); the fault says why a text is none of them. */
export function parseMemoryMib(text: string): Parsed<number> {
  return parseSize(text, {
    suffix: 'gb',
    factor: MIB_PER_GB,
    what: 'MiB',
    minimum: MEMORY_MIN,
    maximum: MEMORY_MAX,
    hint: 'write MiB ("512") or GB ("0.5 GB")',
  });
}

/** CPU units behind a size that was checked when it was loaded; null when it is no size. */
export function cpuUnits(text: string): number | null {
  return parseCpuUnits(text).value;
}

/** MiB behind a size that was checked when it was loaded; null when it is no size. */
export function memoryMib(text: string): number | null {
  return parseMemoryMib(text).value;
}

interface SizeRules {
  /** In lower case. */
  readonly suffix: string;
  /** Plain units in one unit of the suffix. */
  readonly factor: number;
  readonly what: string;
  readonly minimum: number;
  readonly maximum: number;
  readonly hint: string;
}

function parseSize(text: string, rules: SizeRules): Parsed<number> {
  const start = text.length - text.trimStart().length;
  const digits = NUMBER.exec(text.slice(start))?.[0];
  if (digits === undefined) return fault(start, 'is not a size', rules.hint);
  const end = start + digits.length;
  const suffix = text.slice(end).trim().toLowerCase();
  if (suffix !== '' && suffix !== rules.suffix) {
    const gap = text.slice(end).length - text.slice(end).trimStart().length;
    return fault(end + gap, `has an unknown unit "${text.slice(end).trim()}"`, rules.hint);
  }
  const size = Number(digits) * (suffix === '' ? 1 : rules.factor);
  if (!Number.isInteger(size)) return fault(start, `is ${size} ${rules.what}, not a whole number of them`, rules.hint);
  if (size < rules.minimum) return fault(start, `is ${size} ${rules.what}; the least is ${rules.minimum}`, rules.hint);
  if (size > rules.maximum) return fault(start, `is ${size} ${rules.what}; the most is ${rules.maximum}`, rules.hint);
  return read(size);
}
