/** Client authentication by secret: one HMAC from memory; the store is asked once per lease. */
import { createHash } from 'node:crypto'
import { LeaseCache, type Leased, type MaybePromise } from 'countersign'
import { matchesCredential, parseCredential } from 'countersign/api-key/mint'
import type { AuthorityContext } from '../context.ts'
import type { CredentialRecord, PrincipalRecord } from '../model/records.ts'
import { secondsOf } from './audited.ts'
import { CLIENT_SECRET_ENVIRONMENT, pepperRing } from './mint.ts'

/** A client that proved itself, and by which of its secrets. */
export interface AuthenticatedClient {
  readonly client: PrincipalRecord
  readonly credentialId: string
}

/** What a client presents. */
export interface PresentedClientSecret {
  readonly tenant: string
  /** Attacker-controlled. */
  readonly clientId: string
  /** Attacker-controlled. */
  readonly secret: string
}

/** Answers which client a secret proves; undefined for an unknown client and for a wrong secret. */
export type ClientSecretVerifier = (
  presented: PresentedClientSecret,
) => MaybePromise<AuthenticatedClient | undefined>

type Proof = AuthenticatedClient | undefined

/**
 * Makes the verifier of an authority. A good secret is leased until the feed names its client or
 * credential, so that the hot path runs no SQL; a revocation ends the lease at once. Checks, in
 * order: form and checksum, digest (also for an unknown id, SR-201), owner, tenant, validity.
 *
 * @throws UnavailableError when the store cannot be reached.
 */
export function clientSecretVerifier(
  ctx: Pick<AuthorityContext, 'store' | 'secrets' | 'clock' | 'revocations'>,
): ClientSecretVerifier {
  const leases = new LeaseCache<Proof>({
    maxEntries: 10_000,
    maxStalenessSeconds: 10,
    negativeSeconds: 1,
    revocations: ctx.revocations,
  })
  return (presented) => {
    const parts = parseCredential(presented.secret)
    if (!parts.ok || parts.value.environment !== CLIENT_SECRET_ENVIRONMENT) return undefined
    const now = secondsOf(ctx)
    return leases.get(leaseKey(presented), now, () =>
      prove(ctx, presented, { id: parts.value.id, now }),
    )
  }
}

/** A digest, so that the cache holds no secret; the parts cannot run into one another. */
const leaseKey = (presented: PresentedClientSecret): string =>
  createHash('sha256')
    .update(JSON.stringify([presented.tenant, presented.clientId, presented.secret]))
    .digest('base64url')

async function prove(
  ctx: Pick<AuthorityContext, 'store' | 'secrets'>,
  { tenant, clientId, secret }: PresentedClientSecret,
  { id, now }: { readonly id: string; readonly now: number },
): Promise<Leased<Proof>> {
  const [credential, client, owner] = await Promise.all([
    ctx.store.credentials.find(id),
    ctx.store.principals.find(tenant, clientId),
    ctx.store.tenants.find(tenant),
  ])
  const matches = await matchesCredential(pepperRing(ctx.secrets), credential, secret)
  const good =
    matches &&
    credential !== undefined &&
    credential.kind === 'client_secret' &&
    credential.tenant === tenant &&
    credential.principalId === clientId &&
    isLive(credential, now) &&
    owner?.revokedAt === null
  if (!good || client?.kind !== 'client' || client.revokedAt !== null) return { value: undefined }
  const facts = { tenant, clientId, principalId: clientId, credentialId: id, issuedAt: now }
  const value = { client, credentialId: id }
  const { expiresAt } = credential
  return expiresAt === null ? { value, facts } : { value, facts, expiresAt }
}

function isLive({ revokedAt, notBefore, expiresAt }: CredentialRecord, now: number): boolean {
  return revokedAt === null && (notBefore ?? 0) <= now && (expiresAt ?? Infinity) > now
}
