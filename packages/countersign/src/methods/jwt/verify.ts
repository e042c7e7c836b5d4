import { decodeBytes } from '#crypto'
import { map, type MaybePromise } from '../../core/maybe.ts'
import type { Attempt, Challenge, Method } from '../../core/method.ts'
import type { Principal } from '../../core/principal.ts'
import { assertFresh } from '../../core/revocation.ts'
import { ABSENT, accepted, rejected, type Rejected, type Verdict } from '../../core/verdict.ts'
import { rememberHeader } from '../../jose/compact.ts'
import type { VerifyKey } from '../../jose/keys.ts'
import { checkClaims } from './claims.ts'
import { checkHeader, openToken } from './open.ts'
import { jwtPolicy, type JwtOptions } from './options.ts'
import type { JwtPolicy, OpenedToken, VerifiedToken } from './policy.ts'
import { revocableFacts, toPrincipal, withBinding } from './principal.ts'
import { settle, shown, type Run } from './run.ts'

const CHALLENGE: Challenge = Object.freeze({ scheme: 'Bearer' })
/** Characters of the signature that name a token in the cache: hashing a whole token costs more. */
const TAIL = 43

/**
 * Makes the method that authenticates `Authorization: Bearer <jwt>`.
 *
 * A bearer credential with a dot is its own, verified as {@link verifyJwt} does; one without a dot
 * is left to other methods.
 *
 * @throws {@link ConfigError} for options that cannot be meant.
 *
 * @example
 * ```ts
 * const keys = remoteKeySet({ url: 'https://issuer.example/oauth/jwks' })
 * const method = jwt({ issuer: 'https://issuer.example', audience: 'https://api.example',
 *   algorithms: ['ES256'], keys, maxLifetimeSeconds: 3600 })
 * ```
 * @see [RFC 6750 §2.1](https://www.rfc-editor.org/rfc/rfc6750#section-2.1) bearer in the header
 */
export function jwt(options: JwtOptions): Method {
  const policy = jwtPolicy(options)
  return Object.freeze({
    name: 'jwt',
    challenge: CHALLENGE,
    locate: (attempt: Attempt) => (tokenOf(attempt) === undefined ? undefined : 'authorization'),
    verify: (attempt: Attempt) => {
      const token = tokenOf(attempt)
      const { now, trace, proven } = attempt
      return token === undefined ? ABSENT : verify({ token, policy, now, trace, proven })
    },
  } satisfies Method)
}

function tokenOf({ authorization }: Attempt): string | undefined {
  if (authorization?.scheme !== 'bearer') return undefined
  return authorization.value.includes('.') ? authorization.value : undefined
}

/**
 * Verifies a JWT and reports who it proves.
 *
 * Checks, in order: size and compact form, `iss`, `typ`, `alg`, key, signature, types of claims,
 * required claims, `aud`, `exp`, `nbf` and `iat`, lifetime, binding (`cnf`), revocation. The first
 * failure decides the reason. A token seen before skips form and signature, and nothing else.
 *
 * Does not check scopes, and proves no binding: a bound token is refused. Where one may be presented,
 * wrap {@link jwt} in `dpop()` or `certificateBound()`.
 *
 * @param token - Compact JWS. Attacker-controlled.
 * @param policy - Result of {@link jwtPolicy}; reused across requests.
 * @param now - Seconds since the epoch.
 * @returns `accepted` or `rejected` with a `jwt.*` reason, never `absent`; a promise only when keys
 * must be fetched or the runtime has no synchronous cryptography.
 * @throws {@link UnavailableError} when keys cannot be fetched, or revocations are not fresh.
 * @see [RFC 9068 §4](https://www.rfc-editor.org/rfc/rfc9068#section-4) validating access tokens
 * @see [RFC 8725 §3](https://www.rfc-editor.org/rfc/rfc8725#section-3) best current practice
 */
export const verifyJwt = (token: string, policy: JwtPolicy, now: number): MaybePromise<Verdict> =>
  verify({ token, policy, now, trace: undefined })

function verify(run: Run): MaybePromise<Verdict> {
  const known = run.policy.cache?.peek(run.token.slice(-TAIL))
  if (known === undefined || known.token !== run.token) return verifyNew(run)
  const { issuer, key, header } = known
  // The key may have left its set since: a withdrawn key takes its tokens with it.
  return map(issuer.keys.find(key.algorithm, header.kid), (current) =>
    current === key ? verifyKnown(run, known) : verifyNew(run),
  )
}

function verifyKnown(run: Run, token: VerifiedToken): Verdict {
  const { trace, policy } = run
  const { issuer, key, header } = token
  trace?.check('jwt.form', true, policy.maxTokenBytes, run.token.length)
  trace?.check('jwt.issuer', true, issuer.issuer, issuer.issuer)
  const refused = checkHeader(run, header, issuer)
  if (refused !== undefined) return refused
  trace?.check('jwt.key', true, key.algorithm.name, key.kid)
  trace?.check('jwt.signature', true, undefined, 'verified before')
  return judge(run, token)
}

function verifyNew(run: Run): MaybePromise<Verdict> {
  const opened = openToken(run)
  if (opened.outcome === 'rejected') return opened
  const { jws, issuer, algorithm } = opened.opened
  return map(issuer.keys.find(algorithm, jws.header.kid), (key) =>
    key === undefined ? refuseKey(run, opened.opened) : verifyWith(run, opened.opened, key),
  )
}

function verifyWith(run: Run, opened: OpenedToken, key: VerifyKey): MaybePromise<Verdict> {
  run.trace?.check('jwt.key', true, opened.algorithm.name, key.kid)
  return map(key.verify(opened.jws.input, opened.jws.signature), (good) => {
    run.trace?.check('jwt.signature', good)
    return good ? judge(run, remember(run, opened, key)) : refuseSignature(opened)
  })
}

/** A signature in another encoding never verifies; only the operator needs to know the difference. */
function refuseSignature({ jws }: OpenedToken): Verdict {
  const canonical = decodeBytes(jws.signature) !== undefined
  return rejected(canonical ? 'jwt.signature-invalid' : 'jwt.not-canonical')
}

function refuseKey(run: Run, { jws, algorithm }: OpenedToken): Verdict {
  const kid = jws.header.kid === undefined ? '(none)' : shown(jws.header.kid)
  run.trace?.check('jwt.key', false, algorithm.name, kid)
  return rejected('jwt.key-unknown', { algorithm: algorithm.name, kid })
}

function remember(
  { token, policy }: Run,
  { jws, claims, issuer }: OpenedToken,
  key: VerifyKey,
): VerifiedToken {
  const { header } = jws
  rememberHeader(jws)
  const verified: VerifiedToken = { token, header, claims, issuer, key, principal: undefined }
  policy.cache?.set(token.slice(-TAIL), verified)
  return verified
}

/** Everything that is checked of a verified token on every request. */
function judge(run: Run, token: VerifiedToken): Verdict {
  const refused = checkClaims(run, token)
  if (refused !== undefined) return refused
  token.principal ??= principalOf(token, run.policy)
  return (
    checkRevocation(run, token) ?? accepted(withBinding(token.principal, token.claims, run.proven))
  )
}

function principalOf(token: VerifiedToken, { claimsToPrincipal }: JwtPolicy): Principal {
  const standard = Object.freeze(toPrincipal(token))
  if (claimsToPrincipal === undefined) return standard
  return Object.freeze(claimsToPrincipal(token.claims, standard))
}

function checkRevocation(run: Run, token: VerifiedToken): Rejected | undefined {
  const { revocations } = run.policy
  if (revocations === undefined) return undefined
  assertFresh(revocations, run.now)
  const found = revocations.find(revocableFacts(token))
  const check = { name: 'jwt.revocation', reason: 'jwt.revoked' } as const
  return settle(run, found === undefined, {
    ...check,
    expected: 'not revoked',
    actual: found?.kind,
  })
}
