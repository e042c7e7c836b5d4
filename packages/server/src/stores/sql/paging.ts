import { parseCursor, serializeCursor } from '../../model/cursor.ts'
import type { Page } from '../../model/store.ts'

/** Most items a page may hold, whatever was asked for. */
const MAX_PAGE = 1000

/** Where a page starts and how many rows to read. */
export interface Window {
  /** Only rows below this position. */
  readonly below: number
  /** One more than the page holds: it tells whether there is a next page. */
  readonly rows: number
}

/** Resolves a page query. A cursor that no list gave out is the end of the list. */
export function pageWindow(limit: number, cursor: string | undefined): Window {
  const size = Math.min(Math.max(Math.trunc(limit), 1), MAX_PAGE)
  const below = cursor === undefined ? Number.MAX_SAFE_INTEGER : (parseCursor(cursor) ?? 0)
  return { below, rows: size + 1 }
}

/** Makes a page from the rows that were read through a {@link pageWindow}. */
export function toPage<Row, T>(
  rows: readonly Row[],
  { rows: asked }: Window,
  { position, record }: { position: (row: Row) => number; record: (row: Row) => T },
): Page<T> {
  const page = rows.slice(0, asked - 1)
  const last = page.at(-1)
  const more = rows.length === asked && last !== undefined
  return { items: page.map(record), cursor: more ? serializeCursor(position(last)) : null }
}
