import { checkConfirmation } from '../../core/confirmation.ts'
import type { Confirmation } from '../../core/principal.ts'
import { rejected, type Rejected } from '../../core/verdict.ts'
import { isObject, type JsonObject } from '../../jose/json.ts'
import type { VerifiedToken } from './policy.ts'
import { settle, type Run } from './run.ts'

/**
 * Checks verified claims, on every request. Checks, in order: types of registered claims, required
 * claims, `aud`, ID-token claims where `typ` cannot tell, `exp`, `nbf` and `iat`, lifetime, binding.
 * The first failure decides the reason.
 *
 * @see [RFC 7519 §4.1](https://www.rfc-editor.org/rfc/rfc7519#section-4.1) registered claims
 */
export function checkClaims(run: Run, token: VerifiedToken): Rejected | undefined {
  return (
    checkTypes(run, token.claims) ??
    checkRequired(run, token) ??
    checkAudience(run, token) ??
    checkKind(run, token) ??
    checkTimes(run, token.claims) ??
    checkLifetime(run, token.claims) ??
    checkBinding(run, token.claims)
  )
}

const isText = (value: unknown): boolean => value === undefined || typeof value === 'string'
/** JSON can say 1e999, which is Infinity: a token for ever. */
const isTime = (value: unknown): boolean => value === undefined || Number.isFinite(value)
const isTexts = (value: unknown): boolean =>
  isText(value) || (Array.isArray(value) && value.every((item) => typeof item === 'string'))

function checkTypes(run: Run, claims: JsonObject): Rejected | undefined {
  const claim = wrongType(claims)
  run.trace?.check('jwt.claim-types', claim === undefined, undefined, claim)
  return claim === undefined ? undefined : rejected('jwt.payload-invalid', { claim })
}

function wrongType(claims: JsonObject): string | undefined {
  const { sub, client_id: clientId, jti, aud, exp, nbf, iat, scope, scp, act, cnf } = claims
  if (!isText(sub)) return 'sub'
  if (!isText(clientId)) return 'client_id'
  if (!isText(jti)) return 'jti'
  if (!isTexts(aud)) return 'aud'
  if (!isTime(exp)) return 'exp'
  if (!isTime(nbf)) return 'nbf'
  if (!isTime(iat)) return 'iat'
  if (!isTime(claims['auth_time'])) return 'auth_time'
  if (!isText(scope)) return 'scope'
  if (!isTexts(scp)) return 'scp'
  if (cnf !== undefined && !isObject(cnf)) return 'cnf'
  return isActor(act) ? undefined : 'act'
}

/** RFC 8693 §4.1: an actor is an object with a `sub`, and may have an actor itself. */
function isActor(act: unknown): boolean {
  if (act === undefined) return true
  return isObject(act) && typeof act['sub'] === 'string' && isActor(act['act'])
}

function checkRequired(run: Run, { claims, issuer }: VerifiedToken): Rejected | undefined {
  const { required } = issuer
  const missing =
    required.find((claim) => isBlank(claims[claim])) ??
    // A principal needs a name, whatever the profile leaves out.
    (isBlank(claims['sub']) && isBlank(claims['client_id']) ? 'sub' : undefined) ??
    (claims['exp'] === undefined ? 'exp' : undefined)
  run.trace?.check('jwt.claims', missing === undefined, required, missing)
  return missing === undefined ? undefined : rejected('jwt.claim-missing', { claim: missing })
}

const isBlank = (value: unknown): boolean => value === undefined || value === null || value === ''

/** Exact strings: a prefix, another case or a trailing slash is another audience (RFC 8725 §3.9). */
function checkAudience(run: Run, { claims, issuer }: VerifiedToken): Rejected | undefined {
  const { aud } = claims
  const { audiences } = issuer
  const named = Array.isArray(aud)
    ? aud.some((item) => audiences.includes(item))
    : typeof aud === 'string' && audiences.includes(aud)
  if (aud === undefined) {
    run.trace?.check('jwt.audience', false, audiences)
    return rejected('jwt.claim-missing', { claim: 'aud' })
  }
  if (named && run.trace === undefined) return undefined
  const actual = [aud].flat().map(String)
  const check = { name: 'jwt.audience', reason: 'jwt.audience-mismatch' } as const
  return settle(run, named, { ...check, expected: audiences, actual })
}

/** Claims that only ID tokens have (OpenID Connect Core §2, §3.3.2.11). */
const ID_TOKEN_ONLY = ['nonce', 'at_hash', 'c_hash', 's_hash']

function checkKind(run: Run, { claims, issuer }: VerifiedToken): Rejected | undefined {
  if (!issuer.refusesIdTokens) return undefined
  const marker = ID_TOKEN_ONLY.find((claim) => claims[claim] !== undefined)
  const check = { name: 'jwt.kind', reason: 'jwt.type-mismatch' } as const
  return settle(run, marker === undefined, { ...check, expected: 'no ID token', actual: marker })
}

/** A claim whose type was checked above, as a number; `fallback` when it is absent. */
const timeOf = (claim: unknown, fallback: number): number =>
  typeof claim === 'number' ? claim : fallback

function checkTimes(run: Run, { exp, nbf, iat }: JsonObject): Rejected | undefined {
  const { now, policy, trace } = run
  const { clockToleranceSeconds: tolerance } = policy
  const end = timeOf(exp, 0)
  // RFC 7519 §4.1.4: "on or after" exp is too late.
  const alive = now - tolerance < end
  trace?.check('jwt.expiry', alive, now, end)
  if (!alive) return rejected('jwt.expired', { expiredAt: end, now })
  const start = Math.max(timeOf(nbf, 0), timeOf(iat, 0))
  const begun = start <= now + tolerance
  trace?.check('jwt.not-before', begun, now, start)
  return begun ? undefined : rejected('jwt.not-yet-valid', { validFrom: start, now })
}

function checkLifetime(run: Run, { exp, iat }: JsonObject): Rejected | undefined {
  const { maxLifetimeSeconds: longest } = run.policy
  if (longest === undefined) return undefined
  if (iat === undefined) {
    run.trace?.check('jwt.lifetime', false, longest)
    return rejected('jwt.claim-missing', { claim: 'iat' })
  }
  const lifetime = timeOf(exp, 0) - timeOf(iat, 0)
  const check = { name: 'jwt.lifetime', reason: 'jwt.lifetime-exceeded' } as const
  return settle(run, lifetime <= longest, { ...check, expected: longest, actual: lifetime })
}

/**
 * A bound token says that bearing it proves nothing (RFC 9449 §7.1, RFC 8705 §3): the request must
 * have proved every key that it names.
 */
function checkBinding(run: Run, { cnf }: JsonObject): Rejected | undefined {
  // wrongType saw an object; checkConfirmation takes its members for what they are.
  const binding = checkConfirmation(cnf as Confirmation | undefined, run)
  // A proof beside a token that is bound to no such key is refused whatever is allowed.
  const excused = run.policy.acceptUnprovenBinding && run.proven?.jkt === undefined
  return binding === 'unproven' && !excused ? rejected('jwt.binding-unproven') : undefined
}
