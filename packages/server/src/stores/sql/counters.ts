import type { Db, Sql } from './db.ts'
import { prepare } from './db.ts'
import type { CounterName } from './schema.ts'

const increment = prepare((db, [name]: readonly [CounterName]) =>
  db
    .updateTable('counter')
    .set((eb) => ({ value: eb('value', '+', eb.lit(1)) }))
    .where('name', '=', name)
    .returning('value'),
)

const current = prepare((db, [name]: readonly [CounterName]) =>
  db.selectFrom('counter').select('value').where('name', '=', name),
)

/**
 * The next number of a counter. It is part of the transaction: a rollback gives it back, and the
 * row stays locked until the commit, so numbers are gap-free and in commit order on every database.
 */
export async function nextNumber({ write }: Db, name: CounterName): Promise<number> {
  const { rows } = await increment(write, [name])
  return only(rows, name)
}

/** The last number that a counter gave out; 0 for none. */
export async function lastNumber(db: Sql, name: CounterName): Promise<number> {
  const { rows } = await current(db, [name])
  return only(rows, name)
}

function only(rows: readonly { readonly value: number }[], name: CounterName): number {
  const [row] = rows
  if (row === undefined) throw new Error(`the counter "${name}" is missing from the database`)
  return row.value
}
