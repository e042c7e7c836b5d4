import type { EventRecord } from '../model/records.ts'
import type { EventStore } from '../model/store.ts'
import { GENESIS_HASH, hashEvent } from './hash.ts'

/** What the chain shows about a line. */
export type ChainProblem =
  /** The line before it, or a run of them, is gone. */
  | 'missing'
  /** It does not follow the line before it: one of the two was replaced or moved. */
  | 'unlinked'
  /** It does not say what it said when it was written. */
  | 'changed'
  /** Lines at the end are gone, this one first. */
  | 'cut'
  /** The chain fits together, but it is not the one the anchor was taken from. */
  | 'rewritten'

/** A line that was noted elsewhere, to be found again. */
export type ChainAnchor = Pick<EventRecord, 'sequence' | 'hash'>

/** What {@link verifyChain} found. */
export type ChainReport =
  | { readonly intact: true; readonly events: number; readonly head: ChainAnchor | null }
  | { readonly intact: false; readonly sequence: number; readonly problem: ChainProblem }

/** Lines read at a time. */
const BATCH = 500

/**
 * Reads the audit log from its first line and says whether every line is still there, unchanged and
 * in order; if not, it names the first that is not. Lines appended meanwhile are left for next time.
 *
 * A chain proves order and completeness to whoever keeps one line of it elsewhere. Without an
 * `anchor` it does not show a table that was rewritten as a whole, hashes and all.
 *
 * @param anchor - The `head` of an earlier report.
 */
export async function verifyChain(
  events: Pick<EventStore, 'scan' | 'head'>,
  anchor?: ChainAnchor,
): Promise<ChainReport> {
  const end = await events.head()
  let last: ChainAnchor = { sequence: 0, hash: GENESIS_HASH }
  while (last.sequence < end) {
    const lines = await events.scan(last.sequence, Math.min(BATCH, end - last.sequence))
    if (lines.length === 0) return broken(last.sequence + 1, 'cut')
    for (const line of lines) {
      const problem = check(line, last, anchor)
      if (problem !== undefined) return broken(line.sequence, problem)
      last = line
    }
  }
  if (anchor !== undefined && anchor.sequence > end) return broken(end + 1, 'cut')
  const head = end === 0 ? null : { sequence: last.sequence, hash: last.hash }
  return { intact: true, events: end, head }
}

function check(
  line: EventRecord,
  last: ChainAnchor,
  anchor: ChainAnchor | undefined,
): ChainProblem | undefined {
  if (line.sequence !== last.sequence + 1) return 'missing'
  if (line.previousHash !== last.hash) return 'unlinked'
  if (line.hash !== hashEvent(line)) return 'changed'
  if (line.sequence === anchor?.sequence && line.hash !== anchor.hash) return 'rewritten'
  return undefined
}

const broken = (sequence: number, problem: ChainProblem): ChainReport => ({
  intact: false,
  sequence,
  problem,
})
