/** What a migration says differently on each database. */
export interface Flavour {
  /** Type of a column of integers up to 2^53. */
  readonly integer: string
  /** Type of the key that numbers the rows of a table in the order they are made. */
  readonly position: string
  /** What ends a `create table`: strict types, where they are not the rule. */
  readonly strict: string
  /** The statements that make the database itself refuse to change or delete rows. */
  readonly appendOnly: (table: string) => readonly string[]
  /** The function that decides about limits, where the database counts by itself. */
  readonly limitTake: readonly string[]
}
