import { assertConfig, isScope, type MaybePromise } from 'countersign'
import { ALGORITHM_NAMES } from 'countersign/jwt'
import { checkKeys } from '../credentials/client-key-rules.ts'
import type { RegisteredKeys } from '../model/client-settings.ts'

/** Where the keys of an issuer are: given here, or published by it. */
export type IssuerKeys = { readonly jwks: RegisteredKeys } | { readonly jwksUri: string }

/** Claims of a verified assertion. */
export type AssertedClaims = Readonly<Record<string, unknown>>

/** An issuer whose assertions about people are believed. */
export type TrustedIssuer = IssuerKeys & {
  /** The `iss` of its assertions, compared as an exact string. */
  readonly issuer: string
  /** The algorithms it signs with. No default: the header of an assertion does not choose. */
  readonly algorithms: readonly string[]
  /** The most that a token may be granted on its word; the client and the person bound it further. */
  readonly scopes: readonly string[]
  /** The tenant whose people it speaks of. @defaultValue `default` */
  readonly tenant?: string
  /**
   * The claim that holds the user name, `email` say. The issuer then names anybody it likes: trust it
   * as you trust your own sign-in page.
   *
   * @defaultValue `sub` is the id of the principal
   */
  readonly usernameClaim?: string
  /** Finds the id of the principal in another way. Undefined: nobody. Must not throw. */
  readonly principal?: (claims: AssertedClaims) => MaybePromise<string | undefined>
}

/** A trusted issuer, complete and checked. */
export interface ResolvedIssuer
  extends Pick<TrustedIssuer, 'issuer' | 'algorithms' | 'scopes' | 'usernameClaim' | 'principal'> {
  readonly tenant: string
  readonly jwks: RegisteredKeys | null
  readonly jwksUri: string | null
}

/** Checks trusted issuers once. @throws `ConfigError` naming the issuer and the fix. */
export function resolveTrustedIssuers(
  given: readonly TrustedIssuer[] = [],
): readonly ResolvedIssuer[] {
  const names = given.map(({ issuer, tenant = 'default' }) => `${tenant} ${issuer}`)
  config(new Set(names).size === names.length, 'REPEATED', 'an issuer is named twice in a tenant')
  return given.map((issuer) => Object.freeze(resolveIssuer(issuer)))
}

function resolveIssuer(given: TrustedIssuer): ResolvedIssuer {
  const { issuer, algorithms, scopes, tenant = 'default', usernameClaim, principal } = given
  config(issuer !== '', 'ISSUER_MISSING', 'issuer is missing; write the iss of its assertions')
  const known = algorithms.length > 0 && algorithms.every((name) => isAsymmetric(name))
  config(known, 'ALGORITHMS', `algorithms of ${issuer}: name asymmetric ones that it signs with`)
  config(scopes.every(isScope), 'SCOPES', `scopes of ${issuer}: write segments joined by ":"`)
  const jwks = 'jwks' in given ? given.jwks : null
  const jwksUri = 'jwksUri' in given ? given.jwksUri : null
  config((jwks === null) !== (jwksUri === null), 'KEYS', `${issuer}: give jwks or jwksUri`)
  const fault = jwks === null ? undefined : checkKeys(jwks.keys, algorithms)
  config(fault === undefined, 'KEYS', `keys of ${issuer}: ${fault?.message ?? ''}`)
  config(
    usernameClaim === undefined || principal === undefined,
    'PRINCIPAL',
    `${issuer}: give usernameClaim or principal, not both`,
  )
  return {
    issuer,
    algorithms,
    scopes,
    tenant,
    jwks,
    jwksUri,
    ...(usernameClaim === undefined ? {} : { usernameClaim }),
    ...(principal === undefined ? {} : { principal }),
  }
}

/** A shared secret would let whoever verifies sign, too. */
const isAsymmetric = (name: string): boolean =>
  ALGORITHM_NAMES.some((known) => known === name) && !name.startsWith('HS')

const config = (holds: boolean, code: string, message: string): void =>
  assertConfig(holds, `CS_CONFIG_TRUSTED_ISSUER_${code}`, `trustedIssuers: ${message}`)
