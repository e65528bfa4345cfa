// Chance that can be played again: the same task meets the same instance with the same number, so that a plan is what will happen.
// Deliberately absent: any use for secrets. These are 32 bits that are spread well, and nothing more.

/** A number for a text (FNV-1a). */
export function seedOf(text: string): number {
  let seed = 0x811c9dc5;
  for (let place = 0; place < text.length; place++) seed = Math.imul(seed ^ text.charCodeAt(place), 0x01000193);
  return seed >>> 0;
}

/** From 0 up to 2^32, spread evenly over pairs of seeds (the finalizer of MurmurHash3). */
export function chanceOf(a: number, b: number): number {
  let mixed = Math.imul(a ^ Math.imul(b, 0x9e3779b1), 0x85ebca6b);
  mixed = Math.imul(mixed ^ (mixed >>> 13), 0xc2b2ae35);
  mixed = Math.imul(mixed ^ (mixed >>> 16), 0x85ebca6b);
  return (mixed ^ (mixed >>> 15)) >>> 0;
}
