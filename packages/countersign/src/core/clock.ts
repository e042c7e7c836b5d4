/** The only module of the library that reads the system clock; everything else is told the time. */

/** A source of time: milliseconds since the epoch. */
export type Clock = () => number

/** The system clock. Trusted: a host whose clock is wrong accepts and refuses the wrong tokens. */
export const systemClock: Clock = () => Date.now()

/** Converts a clock reading to the integer seconds that claims and expiries use. */
export const toSeconds = (milliseconds: number): number => Math.floor(milliseconds / 1000)
