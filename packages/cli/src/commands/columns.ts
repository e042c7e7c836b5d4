/** How records of the management API read in a table. */
import { formatTime } from '../duration.ts'
import { textOf, type Json } from '../json.ts'
import type { Columns } from '../output/terminal.ts'

/** A time member as a person reads it. */
export function timeOf(object: Json, member: string): string {
  const value = object[member]
  return typeof value === 'number' ? formatTime(value) : '-'
}

/** `live`, `revoked`, `expired`: one word for the state of a record. */
export function stateOf(object: Json): string {
  if (typeof object['revokedAt'] === 'number') return 'revoked'
  const { expiresAt } = object
  return typeof expiresAt === 'number' && expiresAt * 1000 <= Date.now() ? 'expired' : 'live'
}

/** A column of a member as it is. */
export const column = (title: string, member: string): Columns<Json>[number] => [
  title,
  (row) => textOf(row, member),
]
