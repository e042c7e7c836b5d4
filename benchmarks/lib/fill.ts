/** Fills a database by SQL with rows like those that a server wrote itself. */
import type { DatabaseSync, SQLInputValue } from 'node:sqlite'

/** A row as `node:sqlite` reads it. */
export type StoredRow = Readonly<Record<string, SQLInputValue>>

/** What differs from row to row: columns, and SQL over the row's number `i`. */
export type Differing = Readonly<Record<string, string>>

/** Rows a transaction: whoever else writes waits for no longer. */
const CHUNK = 50_000

/** Inserts `count` copies of a row. */
export function fill(
  database: DatabaseSync,
  table: string,
  { row, differing, count }: { row: StoredRow; differing: Differing; count: number },
): void {
  const columns = Object.keys(row)
  const values = columns.map((column) => differing[column] ?? '?').join(', ')
  const bound = columns.filter((column) => differing[column] === undefined)
  const parameters = bound.map((column) => row[column] ?? null)
  const insert = database.prepare(
    `insert into ${table} (${columns.join(', ')})
     with recursive n(i) as (values (?) union all select i + 1 from n where i < ?)
     select ${values} from n`,
  )
  for (let from = 0; from < count; from += CHUNK) {
    insert.run(from, Math.min(count, from + CHUNK) - 1, ...parameters)
  }
}

/** Random text of as many characters as ids have. */
export const RANDOM_ID = 'substr(hex(randomblob(6)), 1, 12)'

/** Bytes of a database by table; its indices are of the table. */
export function bytesByTable(database: DatabaseSync): ReadonlyMap<string, number> {
  database.exec('pragma wal_checkpoint(truncate)')
  const schema = database.prepare('select name, tbl_name from sqlite_schema').all()
  const tables = new Map(schema.map((row) => [row['name'], String(row['tbl_name'])]))
  const bytes = new Map<string, number>()
  for (const row of database.prepare(`select name, pgsize from dbstat('main', 1)`).all()) {
    const table = tables.get(row['name']) ?? ''
    bytes.set(table, (bytes.get(table) ?? 0) + Number(row['pgsize']))
  }
  return bytes
}
