import { describe, expect, it } from 'vitest';
import { cpuUnits, memoryMib, parseCpuUnits, parseMemoryMib } from '../../src/lang/size.ts';

describe('task sizes', () => {
  it.each([
    ['256', 256],
    ['1024', 1024],
    ['1 vCPU', 1024],
    ['.25 vcpu', 256],
    ['0.25vCPU', 256],
    [' 2 VCPU ', 2048],
    ['196608', 196_608],
  ])('cpu %j is %d units', (text, units) => {
    expect(parseCpuUnits(text)).toEqual({ value: units, fault: null });
    expect(cpuUnits(text)).toBe(units);
  });

  it.each([
    ['512', 512],
    ['1 GB', 1024],
    ['1GB', 1024],
    ['0.5 gb', 512],
    ['4', 4],
  ])('memory %j is %d MiB', (text, mib) => {
    expect(parseMemoryMib(text)).toEqual({ value: mib, fault: null });
    expect(memoryMib(text)).toBe(mib);
  });

  it.each([
    ['', 0, 'is not a size'],
    ['lots', 0, 'is not a size'],
    ['-1', 0, 'is not a size'],
    ['1e3', 1, 'has an unknown unit "e3"'],
    ['1 core', 2, 'has an unknown unit "core"'],
    ['1.2.3', 3, 'has an unknown unit ".3"'],
    ['127', 0, 'is 127 CPU units; the least is 128'],
    ['193 vCPU', 0, 'is 197632 CPU units; the most is 196608'],
    ['.1 vCPU', 0, 'is 102.4 CPU units, not a whole number of them'],
    ['256.5', 0, 'is 256.5 CPU units, not a whole number of them'],
  ])('cpu %j is refused at %d: %s', (text, at, message) => {
    expect(parseCpuUnits(text).fault).toMatchObject({ at, message });
    expect(cpuUnits(text)).toBeNull();
  });

  it.each([
    ['512m', 3, 'has an unknown unit "m"'],
    ['512 MB', 4, 'has an unknown unit "MB"'],
    ['3', 0, 'is 3 MiB; the least is 4'],
    ['999999999999 GB', 0, 'the most is 1073741824'],
  ])('memory %j is refused at %d: %s', (text, at, message) => {
    const { fault } = parseMemoryMib(text);
    expect(fault?.at).toBe(at);
    expect(fault?.message).toContain(message);
  });
});
