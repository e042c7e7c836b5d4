import { randomUUID } from 'node:crypto'
import type { Confirmation } from 'countersign'
import { mintSecret } from '../credentials/mint.ts'
import { ACCESS_TOKEN_TYP } from '../keys/key-ring.ts'
import type { ClientSettings } from '../model/client-settings.ts'
import type { GrantRecord, TokenLineage, TokenRecord } from '../model/records.ts'
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
  /** Whose consent it rests on; undefined where the client acts for itself. */
  readonly grant?: GrantRecord | undefined
  /** What it was exchanged from (RFC 8693), and when that ends, which ends it too. */
  readonly exchanged?: ExchangedFrom | undefined
  /** Seconds since the epoch. */
  readonly now: number
}

/** What an exchanged token takes over. */
export interface ExchangedFrom {
  readonly lineage: TokenLineage
  /** Seconds since the epoch. */
  readonly expiresAt: number
}

/** A new access token; its owner sees it once. */
export interface MadeToken {
  readonly token: string
  readonly lifetimeSeconds: number
  /** Of an opaque one, to be stored before it is handed out. A JWT has no row. */
  readonly record: TokenRecord | undefined
}

const ACCESS_TOKEN = { typ: ACCESS_TOKEN_TYP } as const

/**
 * Makes an access token in the format that the client is registered for. It lives no longer than its
 * grant. Writes nothing.
 */
export async function makeAccessToken(
  services: Services,
  facts: AccessTokenFacts,
): Promise<MadeToken> {
  const { settings, grant, exchanged, now } = facts
  const lifetimeSeconds = Math.min(
    settings.accessTokenTtlSeconds,
    services.signing.maxTokenSeconds,
    (grant?.expiresAt ?? Infinity) - now,
    (exchanged?.expiresAt ?? Infinity) - now,
  )
  const expiresAt = now + lifetimeSeconds
  if (formatOf(settings, grant) === 'jwt') {
    const token = await signJwt(services, facts, expiresAt)
    return { token, lifetimeSeconds, record: undefined }
  }
  const { token, record } = await mintOpaque(services, facts, expiresAt)
  return { token, lifetimeSeconds, record }
}

/**
 * A JWT shows its `sub` to the client that carries it, and APIs need one that is the same for all
 * clients. So a client that is to know people by names of its own has opaque tokens of them.
 */
const formatOf = (
  { accessTokenFormat, subjectType }: ClientSettings,
  grant: GrantRecord | undefined,
): ClientSettings['accessTokenFormat'] =>
  subjectType === 'pairwise' && grant !== undefined ? 'opaque' : accessTokenFormat

/** @see [RFC 9068 §2.2](https://www.rfc-editor.org/rfc/rfc9068#section-2.2) the claims (SR-049) */
function signJwt(
  { signingKeys }: Services,
  facts: AccessTokenFacts,
  expiresAt: number,
): Promise<string> {
  const { tenant, subject, clientId, scopes, audience, confirmation, now } = facts
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
    ...grantClaims(facts.grant),
    ...lineageClaims(facts.exchanged?.lineage),
  })
}

/** What a token says of its origin: who acts, and its parents, for whoever follows revocations. */
export const lineageClaims = (
  lineage: TokenLineage | undefined,
): Readonly<Record<string, unknown>> =>
  lineage === undefined
    ? {}
    : {
        ...(lineage.actor === undefined ? {} : { act: lineage.actor }),
        parent_jti: lineage.parentIds,
      }

/** What a token says of its grant: which, how the person proved itself, who acts for it. */
export function grantClaims(grant: GrantRecord | undefined): Readonly<Record<string, unknown>> {
  if (grant === undefined) return {}
  const { authentication, actor, authorizationDetails } = grant.facts
  return {
    grant_id: grant.id,
    ...(authentication === undefined
      ? {}
      : {
          auth_time: authentication.at,
          amr: authentication.amr,
          ...(authentication.acr === undefined ? {} : { acr: authentication.acr }),
        }),
    ...(actor === undefined ? {} : { act: actor }),
    ...(authorizationDetails === undefined ? {} : { authorization_details: authorizationDetails }),
  }
}

async function mintOpaque(
  services: Services,
  { tenant, subject, clientId, scopes, audience, confirmation, grant, ...facts }: AccessTokenFacts,
  expiresAt: number,
): Promise<{ readonly token: string; readonly record: TokenRecord }> {
  const { id, secret, digest, pepperVersion } = await mintSecret(services, ACCESS_TOKEN_ENVIRONMENT)
  const record: TokenRecord = {
    tenant: tenant.id,
    id,
    kind: 'access',
    digest,
    pepperVersion,
    // The client is its own grant: there is no user whose consent a row would record.
    grantId: grant?.id ?? '',
    clientId,
    principalId: subject,
    scopes,
    audiences: [audience],
    confirmation: confirmation ?? null,
    state: 'active',
    sealedSuccessor: null,
    claimedAt: null,
    issuedAt: facts.now,
    expiresAt,
    ...(facts.exchanged === undefined ? {} : { lineage: facts.exchanged.lineage }),
  }
  return { token: secret.reveal(), record }
}
