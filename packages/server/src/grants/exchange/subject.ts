import type { ActorClaim } from '../../model/grant-facts.ts'
import type { GrantRecord, PrincipalRecord } from '../../model/records.ts'
import { readAssertion, type TrustedAssertion } from '../../trusted-issuers/assertion.ts'
import { assertedScopes } from '../../trusted-issuers/grant.ts'
import { assertedPrincipal } from '../../trusted-issuers/person.ts'
import type { GrantRequest } from '../grant.ts'
import { usableToken } from './own-token.ts'
import { TOKEN_TYPES } from './token-types.ts'

/** Whom the new token is for, and what it may be at most. */
export interface ExchangeSubject {
  readonly principalId: string
  readonly scopes: readonly string[]
  /** Seconds since the epoch. */
  readonly expiresAt: number
  /** Who acts already: never dropped, whatever follows. */
  readonly actor: ActorClaim | undefined
  readonly parentIds: readonly string[]
  /** The client that it was issued to, or the issuer that speaks. */
  readonly source: string
  /** `may_act` of an assertion (RFC 8693 §4.4), not read yet. */
  readonly mayAct: unknown
  readonly grant: GrantRecord | undefined
  /** Of a trusted issuer: a grant is to be made. */
  readonly asserted?: { readonly assertion: TrustedAssertion; readonly person: PrincipalRecord }
}

/**
 * Reads the subject of an exchange: an access token of this tenant, or a JWT of an issuer that it
 * trusts. Refresh tokens and ID tokens are none: they are for their client alone.
 *
 * @param text - Attacker-controlled.
 */
export async function readSubject(
  request: GrantRequest,
  type: string,
  text: string,
): Promise<ExchangeSubject | undefined> {
  if (type !== TOKEN_TYPES.accessToken && type !== TOKEN_TYPES.jwt) return undefined
  const own = await ownSubject(request, text)
  return own ?? (type === TOKEN_TYPES.jwt ? trustedSubject(request, text) : undefined)
}

async function ownSubject(
  request: GrantRequest,
  text: string,
): Promise<ExchangeSubject | undefined> {
  const usable = await usableToken(request, text)
  if (usable === undefined) return undefined
  const { token, grant } = usable
  return {
    principalId: token.principalId,
    scopes: token.scopes,
    expiresAt: token.expiresAt,
    actor: token.actor,
    parentIds: [token.id, ...(token.parentIds ?? [])],
    source: token.clientId,
    mayAct: undefined,
    grant,
  }
}

async function trustedSubject(
  request: GrantRequest,
  text: string,
): Promise<ExchangeSubject | undefined> {
  const assertion = await readAssertion(request, text)
  // A grant for the token endpoint is used there, once.
  if (assertion === undefined || assertion.isIdJag) return undefined
  const person = await assertedPrincipal(request, assertion)
  if (person === undefined) return undefined
  const { claims, issuer, expiresAt } = assertion
  return {
    principalId: person.id,
    scopes: assertedScopes(assertion, person),
    expiresAt,
    actor: undefined,
    parentIds: [],
    source: issuer.issuer,
    mayAct: claims['may_act'],
    grant: undefined,
    asserted: { assertion, person },
  }
}
