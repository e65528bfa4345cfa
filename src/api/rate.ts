// How often somebody may ask: a bucket of tokens for each asker, filled evenly. Time is an argument.
// Deliberately absent: waiting. Who finds the bucket empty is told so and comes again.

export interface Rate {
  /** Takes one token of `who` at `now` (ms); false: there is none. */
  take(who: string, now: number): boolean;
}

/** A rate of `perSecond` with at most `burst` at once. Buckets that are full again are forgotten when there are more than `kept`. */
export function rateOf(perSecond: number, burst: number, kept: number): Rate {
  const buckets = new Map<string, { readonly tokens: number; readonly at: number }>();
  const level = ({ tokens, at }: { readonly tokens: number; readonly at: number }, now: number): number =>
    Math.min(burst, tokens + (Math.max(0, now - at) / 1_000) * perSecond);
  return {
    take: (who, now) => {
      const bucket = buckets.get(who);
      const tokens = bucket === undefined ? burst : level(bucket, now);
      if (bucket === undefined && buckets.size >= kept) {
        for (const [name, other] of buckets) if (level(other, now) >= burst) buckets.delete(name);
      }
      if (tokens < 1) return false;
      buckets.set(who, { tokens: tokens - 1, at: now });
      return true;
    },
  };
}
