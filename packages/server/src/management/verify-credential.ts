/** `POST /v1/verify` with a credential: what a verifier may lease, for any language. */
import { Secret, type LimitPolicy, type Principal, type ReasonCode } from 'countersign'
import { parseApiKey, type ApiKeyRecord } from 'countersign/api-key'
import { matchesCredential, parseCredential } from 'countersign/api-key/mint'
import type { OpaqueTokenRecord } from 'countersign/opaque'
import type { AuthorityContext } from '../context.ts'
import { apiKeySource } from '../credentials/api-key-source.ts'
import { secondsOf } from '../credentials/audited.ts'
import { basicSource } from '../credentials/basic-source.ts'
import { pepperRing } from '../credentials/mint.ts'
import { opaqueSource } from '../credentials/opaque-source.ts'

/** A credential as a verifier passes it on. Attacker-controlled. */
export type PresentedCredential =
  | { readonly kind: 'api-key'; readonly value: string }
  | { readonly kind: 'opaque'; readonly value: string }
  | { readonly kind: 'basic'; readonly username: string; readonly password: string }

/** What the verifier may believe, and until when. */
export type CredentialVerdict =
  | {
      readonly outcome: 'accepted'
      readonly principal: Principal
      readonly limits: readonly LimitPolicy[]
      readonly networks: readonly string[]
      readonly audiences?: readonly string[]
      readonly grantId?: string
      readonly expiresAt: number | null
    }
  | { readonly outcome: 'rejected'; readonly reason: ReasonCode }

const rejected = (reason: ReasonCode): CredentialVerdict => ({ outcome: 'rejected', reason })

/**
 * Verifies one credential of a tenant. Networks, limits, scopes and audience are in the answer: the
 * verifier asks them on every request, with the client that it sees.
 *
 * @throws UnavailableError when the store or the password pool cannot take it.
 */
export function verifyCredential(
  ctx: AuthorityContext,
  tenant: string,
  credential: PresentedCredential,
): Promise<CredentialVerdict> {
  if (credential.kind === 'api-key') return verifyKey(ctx, tenant, credential.value)
  if (credential.kind === 'opaque') return verifyToken(ctx, tenant, credential.value)
  return verifyBasic(ctx, tenant, credential)
}

async function verifyKey(
  ctx: AuthorityContext,
  tenant: string,
  text: string,
): Promise<CredentialVerdict> {
  const parsed = parseApiKey(text)
  if (!parsed.ok) return rejected(parsed.error)
  if (parsed.value.brand !== ctx.brand) return rejected('api-key.malformed')
  const source = apiKeySource(ctx, tenant)
  const record = await source.find(parsed.value.id)
  const matches = await matchesCredential(pepperRing(ctx.secrets), record, text)
  if (record === undefined) return rejected('api-key.unknown')
  if (!matches) return rejected('api-key.secret-mismatch')
  return judgeKey(record, secondsOf(ctx))
}

function judgeKey(record: ApiKeyRecord, now: number): CredentialVerdict {
  const { expiresAt = null, notBefore = null, revokedAt = null } = record
  if (revokedAt !== null) return rejected('api-key.revoked')
  if (notBefore !== null && now < notBefore) return rejected('api-key.not-yet-valid')
  if (expiresAt !== null && now >= expiresAt) return rejected('api-key.expired')
  const { principalId: id, tenant, id: credentialId, scopes, metadata: claims = {} } = record
  // What the key is bound to goes along: the verifier sees the proof, the authority does not.
  const bound = record.confirmation ? { confirmation: record.confirmation } : {}
  const base = { type: 'service', method: 'api-key', authenticatedAt: now } as const
  const facts = { credentialId, scopes, claims, ...expiry(expiresAt), ...bound }
  const principal = { ...base, id, tenant, ...facts }
  const { limits = [], networks = [] } = record
  return { outcome: 'accepted', principal, limits, networks, expiresAt }
}

async function verifyToken(
  ctx: AuthorityContext,
  tenant: string,
  text: string,
): Promise<CredentialVerdict> {
  const parsed = parseCredential(text)
  if (!parsed.ok || parsed.value.brand !== ctx.brand) return rejected('opaque.malformed')
  if (parsed.value.environment !== 'at') return rejected('opaque.malformed')
  const record = await opaqueSource(ctx, tenant).find(parsed.value.id)
  const matches = await matchesCredential(pepperRing(ctx.secrets), record, text)
  if (!matches || record?.active !== true) return rejected('opaque.inactive')
  return secondsOf(ctx) < record.expiresAt ? acceptToken(record) : rejected('opaque.expired')
}

function acceptToken(record: OpaqueTokenRecord): CredentialVerdict {
  const { tenant, principalId: id, clientId = id, id: credentialId, scopes, expiresAt } = record
  const { audiences, issuedAt: authenticatedAt, claims = {} } = record
  const type = id === clientId ? 'client' : 'user'
  const base = { type, method: 'opaque', clientId, id, tenant } as const
  const principal = { ...base, credentialId, scopes, claims, authenticatedAt, expiresAt }
  const grant = record.grantId === undefined ? {} : { grantId: record.grantId }
  const terms = { limits: [], networks: [], audiences, expiresAt }
  return { outcome: 'accepted', principal, ...terms, ...grant }
}

async function verifyBasic(
  ctx: AuthorityContext,
  tenant: string,
  { username, password }: { readonly username: string; readonly password: string },
): Promise<CredentialVerdict> {
  const source = basicSource(ctx, tenant)
  const answer = await source.verify({ username, password: new Secret(password) })
  if (answer.outcome === 'rejected') return rejected(answer.reason ?? 'basic.credentials-invalid')
  const { principal, expiresAt = null } = answer
  return { outcome: 'accepted', principal, limits: [], networks: [], expiresAt }
}

const expiry = (expiresAt: number | null) => (expiresAt === null ? {} : { expiresAt })
