import { map, type MaybePromise } from '../../core/maybe.ts'
import type { Attempt, Challenge, Method } from '../../core/method.ts'
import { claimOnce } from '../../core/replay.ts'
import { pathOf } from '../../core/request.ts'
import { rejected, type Accepted, type Rejected, type Verdict } from '../../core/verdict.ts'
import { dpopPolicy, type DpopOptions, type DpopPolicy } from './options.ts'
import { proofClaim } from './claim.ts'
import { verifyProof, type VerifiedProof } from './proof.ts'

/**
 * Wraps a method for tokens (`jwt`, `opaque`, `apiKey`) so that it takes them sender-constrained:
 * `Authorization: DPoP <token>` beside a `DPoP` proof.
 *
 * Checks, in order: those of {@link verifyProof}, the nonce, everything that the inner method checks
 * (the token's binding to the key of the proof included), the replay of the proof. The first failure
 * decides the reason.
 *
 * A token that comes as `Bearer` is left to the inner method, which refuses it if it is bound. Routes
 * that want the binding ask for `senderConstrained`.
 *
 * @param method - Verifies the token. It gets it as if it were a bearer token, and the key beside.
 * @throws {@link ConfigError} for options that cannot be meant.
 *
 * @example
 * ```ts
 * const desk = guard({ methods: [dpop(jwt({ issuer, audience, algorithms: ['ES256'], keys }))] })
 * ```
 * @see [RFC 9449 §7.1](https://www.rfc-editor.org/rfc/rfc9449#section-7.1) the DPoP scheme
 */
export function dpop(method: Method, options: DpopOptions = {}): Method {
  const policy = dpopPolicy(options)
  const algs = [...policy.algorithms.keys()].join(' ')
  const challenge: Challenge = Object.freeze({ scheme: 'DPoP', parameters: { algs } })
  return Object.freeze({
    name: method.name,
    challenge,
    // RFC 9449 §7.2: a resource that takes both kinds of token says both.
    alternatives: [method.challenge, ...(method.alternatives ?? [])],
    ...(method.besides === undefined ? {} : { besides: method.besides }),
    locate: (attempt: Attempt) => method.locate(asBearer(attempt)),
    verify: (attempt: Attempt) =>
      attempt.authorization?.scheme === 'dpop' &&
      method.locate(asBearer(attempt)) === 'authorization'
        ? verifyBound({ method, policy, attempt }, attempt.authorization.value)
        : method.verify(attempt),
  } satisfies Method)
}

/** The request as the inner method knows it: a DPoP token has the grammar of a bearer token. */
function asBearer(attempt: Attempt): Attempt {
  const { authorization } = attempt
  if (authorization?.scheme !== 'dpop') return attempt
  return { ...attempt, authorization: { scheme: 'bearer', value: authorization.value } }
}

interface Run {
  readonly method: Method
  readonly policy: DpopPolicy
  readonly attempt: Attempt
}

function verifyBound(run: Run, accessToken: string): MaybePromise<Verdict> {
  const { policy, attempt } = run
  const { view, scheme, now, trace } = attempt
  const proof = verifyProof(policy, {
    proofs: view.header('dpop'),
    method: view.method,
    uri: `${scheme}://${view.authority}${pathOf(view.target)}`,
    accessToken,
    now,
    trace,
  })
  return map(proof, (outcome) =>
    outcome.ok ? verifyToken(run, outcome.value) : withNonce(run, outcome.error),
  )
}

/** A refusal of the proof, with the nonce for the next one where nonces are asked for. */
function withNonce({ policy, attempt }: Run, refused: Rejected): MaybePromise<Rejected> {
  const { nonces } = policy
  if (nonces === undefined) return refused
  return map(nonces.current(attempt.now), (nonce) => ({
    ...refused,
    fields: [['dpop-nonce', nonce]],
  }))
}

function verifyToken(run: Run, proof: VerifiedProof): MaybePromise<Verdict> {
  const { nonces } = run.policy
  if (nonces === undefined) return judgeToken(run, proof)
  const { now, trace } = run.attempt
  const { nonce } = proof
  const age = nonce === undefined ? 'unknown' : nonces.judge(nonce, now)
  return map(age, (known) => {
    trace?.check(
      'dpop.nonce',
      known !== 'unknown',
      'a nonce of ours',
      nonce === undefined ? 'none' : known,
    )
    if (known === 'unknown') {
      const reason = nonce === undefined ? 'dpop.nonce-required' : 'dpop.nonce-invalid'
      return withNonce(run, rejected(reason))
    }
    return map(judgeToken(run, proof), (verdict) =>
      // RFC 9449 §8.2: the next one comes with the answer, before the old one is refused.
      known === 'ageing' && verdict.outcome === 'accepted'
        ? map(nonces.current(now), (next) => withField(verdict, ['dpop-nonce', next]))
        : verdict,
    )
  })
}

const withField = (verdict: Accepted, field: readonly [string, string]): Accepted => ({
  ...verdict,
  fields: [...(verdict.fields ?? []), field],
})

function judgeToken(run: Run, proof: VerifiedProof): MaybePromise<Verdict> {
  const { method, attempt } = run
  const proven = { ...attempt.proven, jkt: proof.jkt }
  const verdict = method.verify({ ...asBearer(attempt), proven })
  return map(verdict, (judged) =>
    judged.outcome === 'accepted' ? claimProof(run, proof, judged) : judged,
  )
}

/** Last, so that nobody fills the memory who has no good token for the key (SR-106). */
function claimProof(run: Run, proof: VerifiedProof, verdict: Accepted): MaybePromise<Verdict> {
  const { policy, attempt } = run
  const { confirmation } = verdict.principal
  // An inner method that does not compare keys would turn every proof into a mere decoration.
  const compared = confirmation?.jkt === proof.jkt
  attempt.trace?.check('dpop.binding', compared)
  if (!compared) return rejected('dpop.key-unbound')
  const used = map(proofClaim(policy, proof, verdict.principal), (claim) =>
    claimOnce({ store: policy.replay, claim }, attempt, {
      check: 'dpop.replay',
      replayed: rejected('dpop.replayed'),
    }),
  )
  return map(used, (refused) => refused ?? verdict)
}
