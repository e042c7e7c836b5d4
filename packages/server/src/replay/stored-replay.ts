import { hash } from 'node:crypto'
import { replayName, type ReplayClaim, type ReplayStore } from 'countersign'
import type { Store } from '../model/store.ts'

/** How a {@link storedReplay} treats what it cannot know. */
export interface StoredReplayOptions {
  readonly unsafe?: {
    /**
     * Accept what was signed before this database began: a request captured before its file was
     * lost works once more. For `countersign dev`, where nothing was accepted before.
     */
    readonly noFence?: boolean
  }
}

/** A durable memory of single uses, and the fence that an operator raises after a loss. */
export interface StoredReplay extends ReplayStore {
  /**
   * Refuses whatever was signed up to `at` (seconds since the epoch). Call it with the time at
   * hand after a backup was restored: uses between the backup and its loss are forgotten (SR-107).
   * A database that is new is fenced by itself.
   */
  raiseFence(at: number): Promise<void>
}

/**
 * The library's {@link ReplayStore} on the store of the authority: one winner among all processes
 * on the database, and durable before it answers. Each claim is one committed row; expired rows are
 * swept by the housekeeper.
 *
 * Rows hold a digest of tenant, credential and use, never what the caller wrote.
 *
 * @throws `UnavailableError` when the database cannot be written: fail closed (SR-107).
 */
export function storedReplay(
  { replays }: Pick<Store, 'replays'>,
  { unsafe }: StoredReplayOptions = {},
): StoredReplay {
  return Object.freeze({
    claim: (claim: ReplayClaim) =>
      replays.claim({
        id: idOf(claim),
        expiresAt: Math.ceil(claim.expiresAt),
        signedAfter:
          unsafe?.noFence === true
            ? Number.MAX_SAFE_INTEGER
            : Math.floor(claim.signedAt - claim.toleranceSeconds),
      }),
    raiseFence: (at: number) => replays.raiseFence(Math.ceil(at)),
  })
}

/** Of a fixed length, and nothing that a caller wrote. */
const idOf = (claim: ReplayClaim): string => hash('sha256', replayName(claim), 'base64url')
