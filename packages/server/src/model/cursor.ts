/**
 * The cursor of a list: opaque to callers, so that a store may change what is behind it.
 */

const CURSOR = /^[A-Za-z0-9_-]{2,24}$/

/** Makes the cursor that continues a list below a position. */
export const serializeCursor = (position: number): string =>
  Buffer.from(`p${position}`).toString('base64url')

/**
 * Reads a cursor; undefined for what no list ever gave out. Endpoints ask first and answer 400; a
 * store treats such a cursor as the end of the list.
 */
export function parseCursor(cursor: string): number | undefined {
  if (!CURSOR.test(cursor)) return undefined
  const text = Buffer.from(cursor, 'base64url').toString('latin1')
  const position = /^p[0-9]{1,16}$/.test(text) ? Number(text.slice(1)) : Number.NaN
  return Number.isSafeInteger(position) ? position : undefined
}
