const UNITS: Readonly<Record<string, number>> = { s: 1, m: 60, h: 3600, d: 86_400 }

/** Seconds of `45s`, `30m`, `12h` or `90d`; undefined for anything else. */
export function parseDuration(text: string): number | undefined {
  const { amount, unit } = /^(?<amount>\d{1,9})(?<unit>[smhd])$/.exec(text)?.groups ?? {}
  const factor = UNITS[unit ?? '']
  return amount === undefined || factor === undefined ? undefined : Number(amount) * factor
}

/** Seconds as the largest unit that divides them: `90d`, `15m`, `61s`. */
export function formatDuration(seconds: number): string {
  const [unit = 's', factor = 1] =
    Object.entries(UNITS)
      .toReversed()
      .find(([, size]) => seconds >= size && seconds % size === 0) ?? []
  return `${seconds / factor}${unit}`
}

/** A time in whole seconds since the epoch as a person reads it, in UTC. */
export const formatTime = (seconds: number): string =>
  `${new Date(seconds * 1000).toISOString().slice(0, 19)}Z`
