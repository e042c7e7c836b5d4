import { map, type MaybePromise } from '../../core/maybe.ts'
import type { Attempt, Challenge, Method } from '../../core/method.ts'
import { assertFresh } from '../../core/revocation.ts'
import { ABSENT, accepted, rejected, type Rejected, type Verdict } from '../../core/verdict.ts'
import { rememberHeader } from '../../jose/compact.ts'
import type { VerifyKey } from '../../jose/keys.ts'
import { checkClaims } from './claims.ts'
import { checkHeader, openToken } from './open.ts'
import { jwtPolicy, type JwtOptions } from './options.ts'
import type { Identity, JwtPolicy, OpenedToken, VerifiedToken } from './policy.ts'
import { identify } from './principal.ts'
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
      const { now, trace } = attempt
      return token === undefined ? ABSENT : verify({ token, policy, now, trace })
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
 * Does not check scopes, and proves no binding: a bound token is refused.
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
  const known = run.policy.cache.peek(run.token.slice(-TAIL))
  if (known === undefined || known.token !== run.token) return verifyNew(run)
  // The key may have left its set since: a withdrawn key takes its tokens with it.
  return map(findKey(known), (key) =>
    key === known.key ? verifyKnown(run, known) : verifyNew(run),
  )
}

const findKey = ({ issuer, algorithm, jws }: OpenedToken): MaybePromise<VerifyKey | undefined> =>
  issuer.keys.find(algorithm, jws.header.kid)

function verifyKnown(run: Run, token: VerifiedToken): Verdict {
  const { trace, policy } = run
  const { issuer, algorithm, key, jws } = token
  trace?.check('jwt.form', true, policy.maxTokenBytes, run.token.length)
  trace?.check('jwt.issuer', true, issuer.issuer, issuer.issuer)
  const refused = checkHeader(run, jws.header, issuer)
  if (refused !== undefined) return refused
  trace?.check('jwt.key', true, algorithm.name, key.kid)
  trace?.check('jwt.signature', true, undefined, 'verified before')
  return judge(run, token)
}

function verifyNew(run: Run): MaybePromise<Verdict> {
  const opened = openToken(run)
  if (opened.outcome === 'rejected') return opened
  const { opened: token } = opened
  return map(findKey(token), (key) => {
    if (key === undefined) return refuseKey(run, token)
    run.trace?.check('jwt.key', true, token.algorithm.name, key.kid)
    return map(key.verify(token.jws.input, token.jws.signature), (good) =>
      good ? judge(run, remember(run, token, key)) : refuseSignature(run),
    )
  })
}

function refuseKey(run: Run, { jws, algorithm }: OpenedToken): Verdict {
  const kid = jws.header.kid === undefined ? '(none)' : shown(jws.header.kid)
  run.trace?.check('jwt.key', false, algorithm.name, kid)
  return rejected('jwt.key-unknown', { algorithm: algorithm.name, kid })
}

function refuseSignature(run: Run): Verdict {
  run.trace?.check('jwt.signature', false)
  return rejected('jwt.signature-invalid')
}

function remember(run: Run, opened: OpenedToken, key: VerifyKey): VerifiedToken {
  run.trace?.check('jwt.signature', true)
  rememberHeader(opened.jws)
  const token: VerifiedToken = { ...opened, key, identity: undefined }
  run.policy.cache.set(run.token.slice(-TAIL), token)
  return token
}

/** Everything that is checked of a verified token on every request. */
function judge(run: Run, token: VerifiedToken): Verdict {
  const refused = checkClaims(run, token)
  if (refused !== undefined) return refused
  token.identity ??= identify(token, run.policy)
  return checkRevocation(run, token.identity) ?? accepted(token.identity.principal)
}

function checkRevocation(run: Run, { facts }: Identity): Rejected | undefined {
  const { revocations } = run.policy
  if (revocations === undefined) return undefined
  assertFresh(revocations, run.now)
  const found = revocations.find(facts)
  const check = { name: 'jwt.revocation', reason: 'jwt.revoked' } as const
  return settle(run, found === undefined, {
    ...check,
    expected: 'not revoked',
    actual: found?.kind,
  })
}
