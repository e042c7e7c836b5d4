/**
 * One shape for every change of the registry: state, audit event and feed message commit together
 * or not at all. An event without its change, or a revoked key that no verifier hears of, cannot be.
 */
import type { Result } from 'countersign'
import type { AuthorityContext, LocalRevocations } from '../context.ts'
import type { RevocationKind } from '../model/records.ts'
import { ConflictError } from '../model/errors.ts'
import type { StoreSession } from '../model/store.ts'
import type { Actor } from './actor.ts'
import { conflict, type Outcome, type Refusal } from './refusal.ts'

/** What the registry needs of the context; `countersign init` works without a running authority. */
export interface RegistryContext
  extends Pick<AuthorityContext, 'store' | 'clock' | 'secrets' | 'brand'> {
  /** Read up to date after each operation, so that this process refuses what it just revoked. */
  readonly revocations?: Pick<LocalRevocations, 'catchUp'>
}

/**
 * How long a change stays in the snapshot of the feed, in seconds: longer than anything it can name
 * lives without a look-up, namely a lease (`maxLeaseSeconds` of the library, 1 h) or an access token
 * ({@link MAX_ACCESS_TOKEN_SECONDS}, 24 h).
 */
export const REVOCATION_HORIZON_SECONDS = 90_000

/** The longest life of an access token, in seconds. */
export const MAX_ACCESS_TOKEN_SECONDS = 86_400

/**
 * A "look again" cut-off lies this far ahead, in seconds: a look-up that read the old state while
 * this transaction was committing carries a later time than the transaction, and must fall too.
 */
const COMMIT_MARGIN_SECONDS = 2

/** One operation inside its transaction. */
export interface Unit {
  readonly session: StoreSession
  /** Seconds since the epoch, one value for the whole operation. */
  readonly now: number
  /** Appends to the audit log. `data` is facts, never secrets. */
  event(type: string, subject: string, data?: Readonly<Record<string, unknown>>): Promise<void>
  /** Announces that the subject is no longer good. */
  revoked(kind: RevocationKind, subject: string, issuedBefore?: number | null): Promise<void>
  /** Announces that the subject changed: verdicts from before must be looked up again. */
  changed(kind: RevocationKind, subject: string): Promise<void>
}

/** Carries a refusal out of a transaction, so that what was already written is undone. */
class Undo extends Error {
  override readonly name = 'Undo'
  readonly refusal: Refusal

  constructor(refusal: Refusal) {
    super(refusal.message)
    this.refusal = refusal
  }
}

/** Who changes what: the audit log names both. */
export interface Audit {
  readonly tenant: string
  readonly actor: Actor
}

/** Runs one operation in a transaction; a refusal undoes everything that it wrote. */
export async function audited<T>(
  ctx: RegistryContext,
  audit: Audit,
  work: (unit: Unit) => Promise<Result<T, Refusal>>,
): Outcome<T> {
  const now = secondsOf(ctx)
  try {
    const done = await ctx.store.transaction(async (session) => {
      const result = await work(unitOf(session, audit, now))
      if (!result.ok) throw new Undo(result.error)
      return result
    })
    await ctx.revocations?.catchUp()
    return done
  } catch (error) {
    if (error instanceof Undo) return { ok: false, error: error.refusal }
    if (error instanceof ConflictError) return conflict('Another operation came first; look again.')
    throw error
  }
}

/** The clock of the context in seconds. */
export const secondsOf = ({ clock }: Pick<RegistryContext, 'clock'>): number =>
  Math.floor(clock() / 1000)

function unitOf(session: StoreSession, { tenant, actor }: Audit, now: number): Unit {
  const announce = async (kind: RevocationKind, subject: string, issuedBefore: number | null) => {
    const expiresAt = now + REVOCATION_HORIZON_SECONDS
    await session.changes.append({ tenant, kind, subject, issuedBefore, expiresAt, at: now })
  }
  return {
    session,
    now,
    event: async (type, subject, data = {}) => {
      await session.events.append({ tenant, type, actor: actor.id, subject, data, at: now })
    },
    revoked: (kind, subject, issuedBefore = null) => announce(kind, subject, issuedBefore),
    changed: (kind, subject) => announce(kind, subject, now + COMMIT_MARGIN_SECONDS),
  }
}
