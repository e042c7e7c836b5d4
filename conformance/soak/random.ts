/** A source of choices that a seed repeats. */
export interface Random {
  /** At least 0, below 1. */
  next(): number
  /** A whole number, at least `low` and at most `high`. */
  between(low: number, high: number): number
  pick<T>(from: readonly T[]): T | undefined
}

/** Mulberry32: for choices, never for secrets. */
export function seeded(seed: number): Random {
  let state = seed >>> 0
  const next = (): number => {
    state = (state + 0x6d2b79f5) >>> 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296
  }
  const between = (low: number, high: number): number => low + Math.floor(next() * (high - low + 1))
  return { next, between, pick: (from) => from[between(0, from.length - 1)] }
}
