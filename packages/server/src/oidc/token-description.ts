import type { ClientSettings } from '../model/client-settings.ts'
import type { GrantRecord, TokenLineage } from '../model/records.ts'
import type { Services } from '../services.ts'
import type { Tenant } from '../tenants/directory.ts'
import { grantClaims, lineageClaims } from '../tokens/access-token.ts'
import type { KnownToken } from '../tokens/known-token.ts'
import { tokenTypeOf } from '../tokens/response.ts'
import { subjectFor } from './subjects.ts'

/** Who is told about a token. */
export interface TokenReaderView {
  readonly id: string
  /** Of a client. Undefined: an API key of the operator's, which may ask about all tokens. */
  readonly client: ClientSettings | undefined
}

/**
 * Reports whether a caller may know of a token (RFC 7662 §4): a client of its own ones, and of access
 * tokens for an audience that it is registered for. Anything else is inactive for it, so that one API
 * learns nothing from tokens of another that it comes across. A refresh token is its client's alone.
 */
export function mayKnow(
  { id, client }: TokenReaderView,
  token: KnownToken,
  issuer: string,
): boolean {
  if (client === undefined || token.clientId === id) return true
  if (token.kind === 'refresh') return false
  const audiences = client.audiences.length === 0 ? [issuer] : client.audiences
  return token.audiences.some((audience) => audiences.includes(audience))
}

/**
 * What is said of a live token (RFC 7662 §2.2): what is in it, and of its grant how the person proved
 * itself, who acts for it, and what was agreed in detail. The user name only with the scope `profile`,
 * or to the operator's own. A client with pairwise subjects is told its own name of the person.
 *
 * Reads the store for tokens that a person granted, and for no others.
 */
export async function describeToken(
  { store, secrets }: Pick<Services, 'store' | 'secrets'>,
  tenant: Tenant,
  { token, reader }: { readonly token: KnownToken; readonly reader: TokenReaderView },
): Promise<Readonly<Record<string, unknown>>> {
  const { grantId, principalId, scopes } = token
  const grant = grantId === undefined ? undefined : await store.tokens.findGrant(tenant.id, grantId)
  const named = reader.client === undefined || scopes.includes('profile')
  const person =
    grant !== undefined && named ? await store.principals.find(tenant.id, principalId) : undefined
  const username = person?.username ?? undefined
  return {
    ...wireForm(token, tenant.issuer),
    ...grantClaims(grant),
    ...lineageClaims(lineageOf(token)),
    ...(username === undefined ? {} : { username }),
    ...ownName(secrets, tenant, { grant, reader }),
  }
}

const lineageOf = ({ actor, parentIds }: KnownToken): TokenLineage | undefined =>
  parentIds === undefined ? undefined : { parentIds, ...(actor === undefined ? {} : { actor }) }

const wireForm = (token: KnownToken, issuer: string): Readonly<Record<string, unknown>> => ({
  active: true,
  scope: token.scopes.join(' '),
  client_id: token.clientId,
  ...(token.kind === 'refresh' ? {} : { token_type: tokenTypeOf(token.confirmation) }),
  exp: token.expiresAt,
  iat: token.issuedAt,
  sub: token.principalId,
  aud: token.audiences.length === 1 ? token.audiences[0] : token.audiences,
  iss: issuer,
  jti: token.id,
  ...(token.confirmation === undefined ? {} : { cnf: token.confirmation }),
})

function ownName(
  secrets: Services['secrets'],
  tenant: Tenant,
  { grant, reader }: { readonly grant: GrantRecord | undefined; readonly reader: TokenReaderView },
): Readonly<Record<string, unknown>> {
  const { id: clientId, client: settings } = reader
  if (settings === undefined || grant === undefined) return {}
  return { sub: subjectFor(secrets, { tenant: tenant.id, clientId, settings }, grant.principalId) }
}
