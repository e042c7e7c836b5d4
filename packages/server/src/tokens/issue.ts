import { randomUUID } from 'node:crypto'
import type { Confirmation } from 'countersign'
import { mintSecret } from '../credentials/mint.ts'
import { ACCESS_TOKEN_TYP } from '../keys/key-ring.ts'
import type { ClientSettings } from '../model/client-settings.ts'
import type { Services } from '../services.ts'
import type { Tenant } from '../tenants/directory.ts'
import { ACCESS_TOKEN_ENVIRONMENT } from './known-token.ts'

/** What an access token will say. */
export interface AccessTokenFacts {
  readonly tenant: Tenant
  /** The principal it speaks for. */
  readonly subject: string
  readonly clientId: string
  readonly settings: ClientSettings
  readonly scopes: readonly string[]
  readonly audience: string
  /** The key that its client proved to hold; undefined for a bearer token. */
  readonly confirmation: Confirmation | undefined
  /** Seconds since the epoch. */
  readonly now: number
}

/** A new access token; its owner sees it once. */
export interface IssuedToken {
  readonly token: string
  readonly lifetimeSeconds: number
}

const ACCESS_TOKEN = { typ: ACCESS_TOKEN_TYP } as const

/** Issues an access token in the format that the client is registered for. */
export async function issueAccessToken(
  services: Services,
  facts: AccessTokenFacts,
): Promise<IssuedToken> {
  const { accessTokenTtlSeconds, accessTokenFormat } = facts.settings
  const lifetimeSeconds = Math.min(accessTokenTtlSeconds, services.signing.maxTokenSeconds)
  const expiresAt = facts.now + lifetimeSeconds
  const issue = accessTokenFormat === 'jwt' ? issueJwt : issueOpaque
  return { token: await issue(services, facts, expiresAt), lifetimeSeconds }
}

/** @see [RFC 9068 §2.2](https://www.rfc-editor.org/rfc/rfc9068#section-2.2) the claims (SR-049) */
function issueJwt(
  { signingKeys }: Services,
  { tenant, subject, clientId, scopes, audience, confirmation, now }: AccessTokenFacts,
  expiresAt: number,
): Promise<string> {
  return signingKeys.sign(tenant.id, ACCESS_TOKEN, {
    iss: tenant.issuer,
    sub: subject,
    aud: audience,
    client_id: clientId,
    iat: now,
    exp: expiresAt,
    jti: randomUUID(),
    ...(scopes.length === 0 ? {} : { scope: scopes.join(' ') }),
    ...(confirmation === undefined ? {} : { cnf: confirmation }),
  })
}

async function issueOpaque(
  services: Services,
  { tenant, subject, clientId, scopes, audience, confirmation, now }: AccessTokenFacts,
  expiresAt: number,
): Promise<string> {
  const { id, secret, digest, pepperVersion } = await mintSecret(services, ACCESS_TOKEN_ENVIRONMENT)
  await services.store.tokens.insert({
    tenant: tenant.id,
    id,
    kind: 'access',
    digest,
    pepperVersion,
    // The client is its own grant: there is no user whose consent a row would record.
    grantId: '',
    clientId,
    principalId: subject,
    scopes,
    audiences: [audience],
    confirmation: confirmation ?? null,
    state: 'active',
    sealedSuccessor: null,
    claimedAt: null,
    issuedAt: now,
    expiresAt,
  })
  return secret.reveal()
}
