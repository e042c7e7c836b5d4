import { sha256 } from '#crypto'
import { equalDigests } from '../../core/constant-time.ts'
import { map, type MaybePromise } from '../../core/maybe.ts'
import type { ReasonCode } from '../../core/reasons.ts'
import { err, ok, type Result } from '../../core/result.ts'
import type { Compared, Trace } from '../../core/trace.ts'
import { rejected, type Rejected } from '../../core/verdict.ts'
import type { JwsAlgorithm } from '../../jose/algorithms.ts'
import { parseCompact, parsePayload, type CompactJws } from '../../jose/compact.ts'
import type { JsonObject } from '../../jose/json.ts'
import { findKey, rememberKey, type CandidateKey } from './proof-key.ts'
import type { DpopPolicy } from './options.ts'
import { parseTargetUri, type TargetUri } from './target-uri.ts'

/** What a proof must be for. */
export interface ProofRequest {
  /** The `DPoP` fields of the request. Attacker-controlled. */
  readonly proofs: readonly string[]
  readonly method: string
  /** The URI as it arrived: scheme, authority and target. */
  readonly uri: string
  /** The access token beside it; undefined at a token endpoint, where there is none yet. */
  readonly accessToken: string | undefined
  /** Seconds since the epoch. */
  readonly now: number
  readonly trace: Trace | undefined
}

/** A proof that is good for its request. Not yet known: whether it was used before. */
export interface VerifiedProof {
  /** RFC 7638 thumbprint of the key that it proves to hold. */
  readonly jkt: string
  readonly jti: string
  /** Seconds since the epoch by the clock of the client. */
  readonly iat: number
  readonly nonce: string | undefined
}

/** Longer names of a proof are no names. */
const MAX_JTI_LENGTH = 256

/**
 * Verifies a DPoP proof. Checks, in order: exactly one field, size, compact form, `typ`, algorithm,
 * public key, signature, types of the claims, `htm`, `htu`, `iat`, `ath`. The first failure decides
 * the reason.
 *
 * Does not check the nonce, nor whether the proof was used before, nor that a token is bound to its
 * key: {@link dpop} does all three.
 *
 * @returns the proof, or the rejection; a promise only without synchronous cryptography.
 * @see [RFC 9449 §4.3](https://www.rfc-editor.org/rfc/rfc9449#section-4.3) checking DPoP proofs
 */
export function verifyProof(
  policy: DpopPolicy,
  request: ProofRequest,
): MaybePromise<Result<VerifiedProof, Rejected>> {
  const opened = openProof(policy, request)
  if (!opened.ok) return opened
  const { jws, algorithm } = opened.value
  return map(findKey(policy, algorithm, jws.header.members['jwk']), (candidate) => {
    request.trace?.check('dpop.key', candidate !== undefined, algorithm.name, algorithm.keyType)
    if (candidate === undefined) return err(rejected('dpop.key-invalid'))
    return map(candidate.key.verify(jws.input, jws.signature), (good) => {
      request.trace?.check('dpop.signature', good)
      if (!good) return err(rejected('dpop.signature-invalid'))
      rememberKey(policy, candidate)
      return judge(policy, request, { jws, candidate })
    })
  })
}

/** One check: what it is called, which row of the reasons it fails with, what was compared. */
interface Check {
  readonly name: string
  readonly reason: ReasonCode
  readonly expected?: Compared
  readonly actual?: Compared
}

/** Notes a check in the trace; answers the rejection when it failed, undefined when it passed. */
function settle(
  { trace }: ProofRequest,
  passed: boolean,
  { name, reason, expected, actual }: Check,
): Rejected | undefined {
  trace?.check(name, passed, expected, actual)
  return passed ? undefined : rejected(reason)
}

interface OpenedProof {
  readonly jws: CompactJws
  readonly algorithm: JwsAlgorithm
}

const TYPE = 'dpop+jwt'

function openProof(
  { algorithms, maxProofBytes }: DpopPolicy,
  request: ProofRequest,
): Result<OpenedProof, Rejected> {
  const { proofs } = request
  const [proof = '', ...others] = proofs
  const reason = proof === '' ? 'dpop.proof-missing' : 'dpop.proof-repeated'
  const single = proof !== '' && others.length === 0
  const count = { name: 'dpop.proof', reason, expected: 1, actual: proofs.length } as const
  const jws = parseCompact(proof, maxProofBytes)
  const form = jws.ok || jws.error === 'too-large' ? undefined : jws.error
  const header = jws.ok ? jws.value.header : undefined
  const algorithm = algorithms.get(header?.alg ?? '')
  const refused =
    settle(request, single, count) ??
    settle(request, proof.length <= maxProofBytes, {
      name: 'dpop.size',
      reason: 'dpop.too-large',
      expected: maxProofBytes,
      actual: proof.length,
    }) ??
    settle(request, jws.ok, { name: 'dpop.form', reason: 'dpop.malformed', actual: form }) ??
    settle(request, header?.typ === TYPE, {
      name: 'dpop.type',
      reason: 'dpop.type-mismatch',
      expected: TYPE,
    }) ??
    settle(request, algorithm !== undefined, {
      name: 'dpop.algorithm',
      reason: 'dpop.algorithm-denied',
      expected: [...algorithms.keys()],
    })
  if (refused !== undefined) return err(refused)
  // Each is given when its check passed; the types cannot know.
  if (!jws.ok || algorithm === undefined) return err(rejected('dpop.malformed'))
  return ok({ jws: jws.value, algorithm })
}

/** The claims of a proof, their types checked. */
interface ProofClaims {
  readonly jti: string
  readonly htm: string
  readonly htu: string
  readonly iat: number
  readonly ath: string | undefined
  readonly nonce: string | undefined
}

interface SignedProof {
  readonly jws: CompactJws
  readonly candidate: CandidateKey
}

function judge(
  policy: DpopPolicy,
  request: ProofRequest,
  { jws, candidate: { jkt } }: SignedProof,
): MaybePromise<Result<VerifiedProof, Rejected>> {
  const payload = parsePayload(jws.payload)
  const claims = payload.ok ? readClaims(payload.value) : undefined
  request.trace?.check('dpop.claims', claims !== undefined, ['jti', 'htm', 'htu', 'iat'])
  if (claims === undefined) return err(rejected('dpop.claims-invalid'))
  const refused = checkTarget(policy, request, claims) ?? checkAge(policy, request, claims)
  if (refused !== undefined) return err(refused)
  const { jti, iat, nonce } = claims
  return map(checkToken(request, claims), (mismatch) =>
    mismatch === undefined ? ok({ jkt, jti, iat, nonce }) : err(mismatch),
  )
}

function readClaims({ jti, htm, htu, iat, ath, nonce }: JsonObject): ProofClaims | undefined {
  if (typeof jti !== 'string' || jti === '' || jti.length > MAX_JTI_LENGTH) return undefined
  if (typeof htm !== 'string' || typeof htu !== 'string') return undefined
  // JSON can say 1e999, which is Infinity.
  if (typeof iat !== 'number' || !Number.isFinite(iat)) return undefined
  if (!isOptionalText(ath) || !isOptionalText(nonce)) return undefined
  return { jti, htm, htu, iat, ath, nonce }
}

const isOptionalText = (value: unknown): value is string | undefined =>
  value === undefined || typeof value === 'string'

function checkTarget(
  { origins }: DpopPolicy,
  request: ProofRequest,
  { htm, htu }: ProofClaims,
): Rejected | undefined {
  const { method, uri } = request
  const signed = parseTargetUri(htu)
  const actual = parseTargetUri(uri)
  return (
    settle(request, htm === method, {
      name: 'dpop.method',
      reason: 'dpop.method-mismatch',
      expected: method,
    }) ??
    settle(request, isSameTarget(signed, actual, origins), {
      name: 'dpop.url',
      reason: 'dpop.url-mismatch',
      expected: textOf(actual),
      actual: textOf(signed),
    })
  )
}

function isSameTarget(
  signed: TargetUri | undefined,
  actual: TargetUri | undefined,
  origins: readonly string[] | undefined,
): boolean {
  if (signed === undefined || actual === undefined || signed.path !== actual.path) return false
  return (origins ?? [actual.origin]).includes(signed.origin)
}

const MAX_SHOWN = 256
const textOf = (target: TargetUri | undefined): string | undefined =>
  target === undefined ? undefined : `${target.origin}${target.path}`.slice(0, MAX_SHOWN)

function checkAge(
  { maxAgeSeconds, toleranceSeconds }: DpopPolicy,
  { now, trace }: ProofRequest,
  { iat }: ProofClaims,
): Rejected | undefined {
  const age = now - iat
  const inside = age <= maxAgeSeconds + toleranceSeconds && age >= -toleranceSeconds
  trace?.check('dpop.age', inside, maxAgeSeconds, age)
  return inside ? undefined : rejected('dpop.clock-skew', { age, maxAgeSeconds })
}

/** RFC 9449 §4.2: `ath` is there whenever a token is. */
function checkToken(
  request: ProofRequest,
  { ath }: ProofClaims,
): MaybePromise<Rejected | undefined> {
  const { accessToken } = request
  if (accessToken === undefined) return undefined
  return map(sha256(accessToken), (digest) =>
    settle(request, ath !== undefined && equalDigests(ath, digest), {
      name: 'dpop.token',
      reason: 'dpop.token-mismatch',
      expected: 'ath of the token beside it',
      actual: ath === undefined ? 'none' : 'another',
    }),
  )
}
