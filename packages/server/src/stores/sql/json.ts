/** The one place where JSON columns are written and read. */

/** Serializes a value for a JSON column. */
export const toJson = (value: unknown): string => JSON.stringify(value)

/** Like {@link toJson}; `undefined`, which an update leaves alone, stays `undefined`. */
export const toJsonIfGiven = (value: unknown): string | undefined =>
  value === undefined ? undefined : JSON.stringify(value)

/**
 * Reads a JSON column. Only {@link toJson} writes them, from a value of the same type, so the type
 * is taken at its word; whoever can write the database is inside the trust boundary.
 */
export const fromJson = <T>(text: string): T => JSON.parse(text) as T // oxlint-disable-line no-unnecessary-type-parameters -- the column knows
