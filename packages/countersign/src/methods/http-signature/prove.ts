import { map, type MaybePromise } from '../../core/maybe.ts'
import { rejected, type Rejected } from '../../core/verdict.ts'
import { signatureBase } from './base.ts'
import { missingComponents } from './coverage.ts'
import type { UnverifiedSignature } from './format.ts'
import type { ResolvedHttpSignature } from './policy.ts'
import type { Proving } from './profile.ts'
import { lookUpKey, type KnownKey } from './look-up.ts'

/** A signature that is good, over what the policy asks for, by a key that is known. */
export interface ProvenSignature extends UnverifiedSignature {
  readonly created: number
  readonly known: KnownKey
  readonly base: string
}

/** What of a policy speaks of one signature. */
export type ProvingPolicy = Pick<
  ResolvedHttpSignature,
  | 'algorithms'
  | 'context'
  | 'leases'
  | 'maxAgeSeconds'
  | 'profile'
  | 'required'
  | 'source'
  | 'toleranceSeconds'
>

/**
 * Verifies one signature. Checks, in order: `created` and `keyid`, the
 * profile, coverage, time, components, key
 * known and given, algorithm the key's own and allowed, signature. The body has not been read.
 */
export function proveSignature(
  policy: ProvingPolicy,
  attempt: Proving,
  found: UnverifiedSignature,
): MaybePromise<ProvenSignature | Rejected> {
  const { trace, now } = attempt
  const { created, expires, keyId } = found.parameters
  const complete = created !== undefined && keyId !== undefined
  trace?.check('http-signature.parameters', complete, ['created', 'keyid'])
  if (!complete) return rejected('http-signature.parameter-missing')
  const refused =
    policy.profile?.check(attempt, found) ??
    checkPolicy(policy, attempt, { components: found.components, expires, created })
  if (refused !== undefined) return refused
  const base = signatureBase(attempt.view, found, policy.context)
  const problem = base.ok ? undefined : base.error.problem
  trace?.check('http-signature.components', base.ok, undefined, problem)
  if (!base.ok) return rejected('http-signature.component-invalid', { problem: base.error.problem })
  const { profile } = policy
  const key =
    profile === undefined
      ? lookUpKey(policy.source, policy.leases, { keyId, now })
      : profile.key(attempt, found)
  return map(key, (known) => {
    if (typeof known === 'object' && 'outcome' in known) return known
    trace?.check('http-signature.key', known !== undefined)
    if (known === undefined) return rejected('http-signature.key-unknown')
    trace?.check('http-signature.key-given', known !== 'withheld')
    if (known === 'withheld') return rejected('http-signature.key-withheld')
    return verify(policy, attempt, provenOf(found, { created, known, base: base.value }))
  })
}

/** Written out: a spread costs more than a check does. */
const provenOf = (
  { label, components, input, parameters, signature }: UnverifiedSignature,
  { created, known, base }: Pick<ProvenSignature, 'created' | 'known' | 'base'>,
): ProvenSignature => ({
  label,
  components,
  input,
  parameters,
  signature,
  created,
  known,
  base,
})

interface Asserted extends Pick<UnverifiedSignature, 'components'> {
  readonly created: number
  readonly expires: number | undefined
}

function checkPolicy(
  policy: ProvingPolicy,
  { trace, now }: Proving,
  { components, expires, created }: Asserted,
): Rejected | undefined {
  const { maxAgeSeconds, toleranceSeconds } = policy
  const missing = missingComponents(policy.required, components)
  trace?.check('http-signature.coverage', missing.length === 0, undefined, missing)
  if (missing.length > 0) return rejected('http-signature.coverage-insufficient', { missing })
  const ahead = created > now + toleranceSeconds
  trace?.check('http-signature.created', !ahead, now, created)
  if (ahead) return rejected('http-signature.created-in-future', { created, now })
  // Tolerance widens the window on both sides; a library that subtracts it shrinks it.
  const old = now > created + maxAgeSeconds + toleranceSeconds
  trace?.check('http-signature.age', !old, maxAgeSeconds, now - created)
  if (old) return rejected('http-signature.too-old', { created, now })
  const over = expires !== undefined && now >= expires + toleranceSeconds
  trace?.check('http-signature.expires', !over, now, expires)
  return over ? rejected('http-signature.expired') : undefined
}

function verify(
  { algorithms }: ProvingPolicy,
  { trace }: Proving,
  proof: ProvenSignature,
): MaybePromise<ProvenSignature | Rejected> {
  const { known, parameters, base, signature } = proof
  const { algorithm, key, principal } = known
  // The key decides the algorithm. What the caller says may only agree (RFC 9421 §7.3.6).
  const own = (parameters.alg ?? algorithm) === algorithm && algorithms.includes(algorithm)
  trace?.check('http-signature.algorithm', own, algorithm)
  if (!own) return rejected('http-signature.algorithm-denied', { id: principal.credentialId })
  return map(key.verify(base, signature), (good) => {
    trace?.check('http-signature.signature', good)
    if (good) return proof
    return rejected('http-signature.signature-invalid', { id: principal.credentialId })
  })
}
