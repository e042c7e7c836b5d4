import type { Compilable, CompiledQuery, Kysely, QueryResult, UpdateResult } from 'kysely'
import type { TransactionOptions } from '../../model/store.ts'
import type { Schema } from './schema.ts'

/** The typed query builder of this schema. */
export type Sql = Kysely<Schema>

/** What the record families are built on: one database, inside or outside of a transaction. */
export interface Db {
  /** For statements that only read; outside of a transaction it sees what is committed. */
  readonly read: Sql
  readonly write: Sql
  /** Runs several statements as one: in the transaction at hand, or in one of its own. */
  atomic<T>(work: (db: Db) => Promise<T>, options?: TransactionOptions): Promise<T>
  /** Says that a change was appended: listeners hear of it once it is committed. */
  announce(): void
}

/**
 * A query that is built and compiled once and then only bound: building costs more than running a
 * point read does.
 *
 * `build` must use every argument exactly once, in order, and no other parameter; this is checked
 * when it is compiled. Constants are written with `sql.lit`.
 */
export function prepare<A extends readonly (string | number | null)[], R>(
  build: (db: Sql, args: A) => Compilable<R>,
): (db: Sql, args: A) => Promise<QueryResult<R>> {
  const compiled = new PerDialect<R>()
  return (db, args) => {
    const query = compiled.get(db, () => checked(build(db, args).compile(), args))
    return db.executeQuery({ ...query, parameters: args })
  }
}

/** A row as it is bound. */
type Bound = Readonly<Record<string, string | number | null>>

/**
 * Like {@link prepare}, for an insert of whole rows. Every row must have the same columns in the same
 * order, as those of one object literal have.
 */
export function prepareInsert<Row extends Bound, R>(
  build: (db: Sql, row: Row) => Compilable<R>,
): (db: Sql, row: Row) => Promise<QueryResult<R>> {
  const compiled = new PerDialect<R>()
  return (db, row) => {
    const parameters = Object.values(row)
    const query = compiled.get(db, () => checked(build(db, row).compile(), parameters))
    return db.executeQuery({ ...query, parameters })
  }
}

/** One process may have databases of two kinds open, and each reads its own SQL. */
class PerDialect<R> {
  readonly #queries = new Map<unknown, CompiledQuery<R>>()

  get(db: Sql, compile: () => CompiledQuery<R>): CompiledQuery<R> {
    const dialect = db.getExecutor().adapter.constructor
    const known = this.#queries.get(dialect)
    if (known !== undefined) return known
    const query = compile()
    this.#queries.set(dialect, query)
    return query
  }
}

function checked<R>(query: CompiledQuery<R>, args: readonly unknown[]): CompiledQuery<R> {
  const matches =
    query.parameters.length === args.length &&
    query.parameters.every((parameter, index) => parameter === args[index])
  if (!matches) throw new TypeError(`not preparable: ${query.sql}`)
  return query
}

/** Reports whether an update touched a row. */
export const touched = ({ numUpdatedRows }: UpdateResult): boolean => numUpdatedRows > 0n

/** Reports whether a prepared statement touched a row. */
export const affected = ({ numAffectedRows }: QueryResult<unknown>): boolean =>
  (numAffectedRows ?? 0n) > 0n

/** Reports whether an update names anything at all; one that does not is no SQL. */
export const isEmpty = (columns: Readonly<Record<string, unknown>>): boolean =>
  Object.values(columns).every((value) => value === undefined)
