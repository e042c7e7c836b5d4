/** What a chain of certificates began with, and whether that still counts. */
import type { Principal, RevocableFacts } from 'countersign'
import type { AuthorityContext } from '../context.ts'
import type { CertificateRoot, CredentialRecord } from '../model/records.ts'
import type { StoreSession } from '../model/store.ts'

const NO_TOKEN = { grantId: null, clientId: null, keyId: null } as const

/**
 * What the chain of a new certificate begins with: the credential that asks. A certificate passes on
 * what its own chain began with, so that renewing it gains nothing.
 *
 * @param keyId - The `kid` of the token that asks, where it is a JWT.
 * @returns undefined for a certificate that was not issued here, and for a token without a record.
 */
export async function rootOf(
  { credentials, tokens }: Pick<StoreSession, 'credentials' | 'tokens'>,
  principal: Principal,
  keyId: string | undefined,
): Promise<CertificateRoot | undefined> {
  const { method, credentialId: id, claims, authenticatedAt, expiresAt = null } = principal
  if (method === 'mtls') return (await credentials.find(id))?.certificate?.root
  const clientId = principal.type === 'service' ? null : (principal.clientId ?? null)
  const token = { kind: 'token', id, clientId, expiresAt, issuedAt: authenticatedAt } as const
  if (method === 'jwt') {
    const { iat, grant_id: grantId } = claims
    return {
      ...token,
      issuedAt: typeof iat === 'number' ? iat : authenticatedAt,
      grantId: typeof grantId === 'string' ? grantId : null,
      keyId: keyId ?? null,
    }
  }
  if (method === 'opaque') {
    const record = await tokens.find(id)
    if (record === undefined) return undefined
    const { issuedAt, grantId } = record
    return { ...token, issuedAt, grantId: grantId === '' ? null : grantId, keyId: null }
  }
  return { kind: 'credential', id, ...NO_TOKEN, issuedAt: authenticatedAt, expiresAt }
}

/** A root with its record, where it has one. */
export interface FoundRoot {
  readonly root: CertificateRoot
  readonly record: CredentialRecord | undefined
}

/** Looks a root up. */
export async function findRoot(
  { credentials }: Pick<StoreSession, 'credentials'>,
  root: CertificateRoot,
): Promise<FoundRoot> {
  return { root, record: root.kind === 'token' ? undefined : await credentials.find(root.id) }
}

/** When a root ends: by its record, which may have been given another end since. */
export const rootExpiry = ({ root, record }: FoundRoot): number | null =>
  root.kind === 'token' ? root.expiresAt : (record?.expiresAt ?? null)

/**
 * When a chain ended with its root, in seconds since the epoch; undefined while the root counts. A
 * token is asked about at the feed, whose entries outlive every token.
 */
export function rootEnd(
  { revocations }: Pick<AuthorityContext, 'revocations'>,
  found: FoundRoot,
  { tenant, principalId, now }: { tenant: string; principalId: string; now: number },
): number | undefined {
  const { root, record } = found
  const expiresAt = rootExpiry(found)
  if (expiresAt !== null && expiresAt <= now) return expiresAt
  if (root.kind === 'token') {
    const facts = { tenant, principalId, tokenId: root.id, issuedAt: root.issuedAt }
    return revocations.find({ ...facts, ...namesOf(root) }) === undefined ? undefined : now
  }
  // A root that is not there any more vouches for nothing.
  return record === undefined ? now : (record.revokedAt ?? undefined)
}

const namesOf = ({ grantId, clientId, keyId }: CertificateRoot): Partial<RevocableFacts> => ({
  ...(grantId === null ? {} : { grantId }),
  ...(clientId === null ? {} : { clientId }),
  ...(keyId === null ? {} : { keyId }),
})
