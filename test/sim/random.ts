// Chance for the simulator: one seed, one sequence, on every machine. Nothing here is fit for anything but tests.
// `branch` gives each part of a simulation its own sequence, so that one part drawing more does not change what another one meets.

export interface Random {
  /** A number in [0, 1). */
  unit(): number;
  /** A whole number from `low` to `high`, both included. */
  whole(low: number, high: number): number;
  /** True with this probability. */
  chance(probability: number): boolean;
  pick<T>(items: readonly T[]): T;
  /** A sequence of its own, decided by this seed and the label alone. */
  branch(label: string): Random;
}

/** The sequence that a seed and a label decide (xorshift-multiply over 32 bits, 2^32 long). */
export function random(seed: number, label = ''): Random {
  let state = mix(seed >>> 0, label);
  const unit = (): number => {
    state = (state + 0x9e3779b9) >>> 0;
    let value = state;
    value = Math.imul(value ^ (value >>> 16), 0x21f0aaad);
    value = Math.imul(value ^ (value >>> 15), 0x735a2d97);
    return ((value ^ (value >>> 15)) >>> 0) / 4_294_967_296;
  };
  return {
    unit,
    whole: (low, high) => low + Math.floor(unit() * (high - low + 1)),
    chance: (probability) => unit() < probability,
    pick: <T>(items: readonly T[]): T => {
      const item = items[Math.floor(unit() * items.length)];
      if (item === undefined) throw new Error('nothing to pick from');
      return item;
    },
    branch: (name) => random(seed, `${label}/${name}`),
  };
}

function mix(seed: number, label: string): number {
  let state = seed ^ 0x5bd1e995;
  for (let index = 0; index < label.length; index++) state = Math.imul(state ^ label.charCodeAt(index), 0x01000193) >>> 0;
  return state;
}
