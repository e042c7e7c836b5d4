import { createHash } from 'node:crypto'
import type { EventRecord } from '../model/records.ts'
import type { NewEvent } from '../model/store.ts'
import { canonicalJson } from './canonical-json.ts'

/** The `previousHash` of the first line. */
export const GENESIS_HASH: string = '0'.repeat(64)

/**
 * The hash of one line: SHA-256, in hex, over the canonical JSON of everything the line says and of
 * the hash before it. A changed, removed or moved line no longer fits its neighbours.
 *
 * It is not keyed: who can rewrite the whole table can rewrite the whole chain. Against that, keep
 * the head hash that `countersign events verify` prints somewhere else.
 */
export function hashEvent(event: Omit<EventRecord, 'hash'>): string {
  const { previousHash, sequence, tenant, type, actor, subject, data, at } = event
  const text = canonicalJson([previousHash, sequence, tenant, type, actor, subject, data, at])
  return createHash('sha256').update(text).digest('hex')
}

/** Numbers an event and chains it to the line before. */
export function chainEvent(
  event: NewEvent,
  place: Pick<EventRecord, 'sequence' | 'previousHash'>,
): EventRecord {
  // What is hashed must be what is read back: `undefined`, dates and the like do not survive JSON.
  const data: EventRecord['data'] = JSON.parse(JSON.stringify(event.data))
  const { tenant, type, actor, subject, at } = event
  const line = { ...place, tenant, type, actor, subject, data, at }
  return { ...line, hash: hashEvent(line) }
}
