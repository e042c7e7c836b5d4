/**
 * The named members of a record, and no other: what an answer shows is a list that one can read, so
 * that a digest cannot slip into it with a spread.
 */
export function pick<T extends object, K extends keyof T>(
  record: T,
  ...members: readonly K[]
): Pick<T, K> {
  // Every member of K was copied.
  return Object.fromEntries(members.map((member) => [member, record[member]])) as Pick<T, K>
}
