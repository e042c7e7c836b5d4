import type { Services } from '../services.ts'
import type { KnownToken } from './known-token.ts'

/** Verifiers with a clock behind ours accept a token a little past its expiry. */
const EXPIRY_MARGIN_SECONDS = 60

/**
 * Revokes one token: the row of an opaque one, the message on the feed and the line in the audit
 * log commit together. Returns when they are durable and known to this process.
 */
export async function revokeToken(
  { store, revocations }: Pick<Services, 'store' | 'revocations'>,
  { tenant, kind, id, expiresAt }: KnownToken,
  { actor, now }: { readonly actor: string; readonly now: number },
): Promise<void> {
  await store.transaction(async (session) => {
    if (kind === 'opaque') await session.tokens.revoke(id, now)
    await session.changes.append({
      tenant,
      kind: 'token',
      subject: id,
      issuedBefore: null,
      expiresAt: expiresAt + EXPIRY_MARGIN_SECONDS,
      at: now,
    })
    const data = { kind }
    await session.events.append({
      tenant,
      type: 'token.revoked',
      actor,
      subject: id,
      data,
      at: now,
    })
  })
  await revocations.catchUp()
}
