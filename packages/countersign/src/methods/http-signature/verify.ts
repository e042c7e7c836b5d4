import { checkConfirmation } from '../../core/confirmation.ts'
import { map, type MaybePromise } from '../../core/maybe.ts'
import type { Attempt, Method } from '../../core/method.ts'
import { judgeRegistered } from '../../core/registered.ts'
import { assertFresh } from '../../core/revocation.ts'
import type { Field } from '../../core/field.ts'
import { accepted, rejected, type Rejected, type Verdict } from '../../core/verdict.ts'
import { acceptSignature } from './accept-signature.ts'
import { checkBody } from './body.ts'
import { claimAll } from './claim.ts'
import { coversDigest } from './coverage.ts'
import { authorityOf } from './derived.ts'
import { parseSignatures, type UnverifiedSignature } from './format.ts'
import {
  resolveHttpSignature,
  type HttpSignatureOptions,
  type ResolvedHttpSignature,
} from './policy.ts'
import { proveSignature, type ProvenSignature } from './prove.ts'
import { factsOf, SIGNATURE_CLAIM } from './result.ts'

/**
 * Accepts requests that are signed with HTTP message signatures: no secret travels, the body is
 * bound, and a captured request works zero times.
 *
 * Checks, in order: authority, size and form, labels and tag; for each signature in question
 * `created` and `keyid`, coverage, time, components, key, the key's algorithm, signature;
 * then revoked, not-before, expiry, networks, binding of the key; then the bytes of the body; then
 * that it was not used before. The body is read after the signature is good and before any handler.
 *
 * One good signature is enough unless `labels` or `tag` ask for certain ones; those must be good,
 * and others neither help nor harm. Does not check scopes or limits (the guard does).
 *
 * @throws {@link ConfigError} for options that cannot be meant.
 *
 * @example
 * ```ts
 * const signed = httpSignature({ algorithms: ['ed25519'], source: { kind: 'records', find } })
 * const desk = guard({ methods: [signed] })
 * ```
 * @see [RFC 9421 §3.2](https://www.rfc-editor.org/rfc/rfc9421#section-3.2) verifying a signature
 * @see [RFC 9530](https://www.rfc-editor.org/rfc/rfc9530) Content-Digest
 */
export function httpSignature(options: HttpSignatureOptions): Method {
  return signatureMethod(resolveHttpSignature(options))
}

/** Makes the method of a policy: what every profile verifies through. */
export function signatureMethod(policy: ResolvedHttpSignature): Method {
  const asks: Field = ['accept-signature', acceptSignature(policy)]
  return Object.freeze({
    name: 'http-signature',
    challenge: { scheme: 'Signature', fields: [asks] },
    locate: ({ view }: Attempt) =>
      view.header('signature-input').length + view.header('signature').length > 0
        ? 'signature'
        : undefined,
    verify: (attempt: Attempt) => verifyRequest(policy, attempt),
  })
}

function verifyRequest(policy: ResolvedHttpSignature, attempt: Attempt): MaybePromise<Verdict> {
  const asked = readSignatures(policy, attempt)
  if ('outcome' in asked) return asked
  if (policy.revocations !== undefined) assertFresh(policy.revocations, attempt.now)
  const proofs = map(withTrailers(policy, attempt, asked), (early) =>
    early === undefined ? proveAsked(policy, attempt, asked) : early,
  )
  return map(proofs, (proven) => ('outcome' in proven ? proven : admit(policy, attempt, proven)))
}

type Asked = readonly UnverifiedSignature[]

function readSignatures(policy: ResolvedHttpSignature, attempt: Attempt): Asked | Rejected {
  const { view, trace, scheme } = attempt
  const ours =
    policy.authorities?.includes(authorityOf({ authority: view.authority, scheme })) ?? true
  trace?.check('http-signature.authority', ours, policy.authorities)
  if (!ours) return rejected('http-signature.authority-mismatch')
  const parsed = parseSignatures(view.header('signature-input'), view.header('signature'))
  trace?.check('http-signature.form', parsed.ok)
  if (!parsed.ok) return rejected(parsed.error)
  const asked = select(policy, parsed.value)
  trace?.check('http-signature.label', asked !== undefined, policy.labels, policy.tag)
  return asked ?? rejected('http-signature.label-missing')
}

/** The signatures in question: those of the labels in their order, or all; with the tag. */
function select({ labels, tag }: ResolvedHttpSignature, found: Asked): Asked | undefined {
  const tagged = found.filter(({ parameters }) => tag === undefined || parameters.tag === tag)
  const named = labels?.flatMap((label) => tagged.find((one) => one.label === label) ?? [])
  if (named === undefined) return tagged.length === 0 ? undefined : tagged
  return named.length === labels?.length ? named : undefined
}

/** Trailers follow the body: it has to be read first, where that was allowed. */
function withTrailers(
  { context, maxBodyBytes }: ResolvedHttpSignature,
  { view }: Attempt,
  asked: Asked,
): MaybePromise<Rejected | undefined> {
  const needed = asked.some(({ components }) =>
    components.some(({ parameters }) => parameters.has('tr')),
  )
  if (!context.trailers || !needed) return undefined
  return map(view.body(maxBodyBytes), (body) => (body.ok ? undefined : rejected(body.error)))
}

/**
 * With labels every signature must be good, and the first bad one decides. Without them the first
 * good one decides: a bad one before or after it changes nothing.
 */
function proveAsked(
  policy: ResolvedHttpSignature,
  attempt: Attempt,
  asked: Asked,
): MaybePromise<readonly ProvenSignature[] | Rejected> {
  const all = policy.labels !== undefined
  const behind = { view: seenByClient(attempt), now: attempt.now, trace: attempt.trace }
  const step = (
    index: number,
    proven: readonly ProvenSignature[],
    first?: Rejected,
  ): MaybePromise<readonly ProvenSignature[] | Rejected> => {
    const next = asked[index]
    if (next === undefined) return first ?? proven
    return map(proveSignature(policy, behind, next), (outcome) => {
      if (!('outcome' in outcome))
        return all ? step(index + 1, [...proven, outcome], first) : [outcome]
      return all ? outcome : step(index + 1, proven, first ?? outcome)
    })
  }
  return step(0, [])
}

/** The client signed the scheme that it used, which a trusted proxy may have ended. */
function seenByClient({ view, scheme }: Attempt): Attempt['view'] {
  if (view.scheme === scheme) return view
  return {
    method: view.method,
    scheme,
    authority: view.authority,
    target: view.target,
    remoteAddress: view.remoteAddress,
    peerCertificate: view.peerCertificate,
    header: (name) => view.header(name),
    trailer: (name) => view.trailer(name),
    body: (maxBytes) => view.body(maxBytes),
  }
}

const REASONS = {
  revoked: 'http-signature.revoked',
  notYetValid: 'http-signature.not-yet-valid',
  expired: 'http-signature.key-expired',
  networkDenied: 'http-signature.network-denied',
} as const

function admit(
  policy: ResolvedHttpSignature,
  attempt: Attempt,
  proven: readonly ProvenSignature[],
): MaybePromise<Verdict> {
  const { revocations } = policy
  for (const { known } of proven) {
    const judged = { name: 'http-signature', reasons: REASONS, revocations } as const
    const refused = judgeRegistered(judged, attempt, known)
    if (refused !== undefined) return refused
    const binding = checkConfirmation(known.principal.confirmation, attempt)
    if (binding === 'unproven') return rejected('http-signature.binding-unproven')
  }
  const covered = proven.every(({ components }) => coversDigest(components))
  return map(checkBody(policy, attempt, covered), (refused) => {
    if (refused !== undefined) return refused
    return map(claimAll(policy, attempt, proven), (used) => used ?? accept(policy, attempt, proven))
  })
}

function accept(
  { onUse }: ResolvedHttpSignature,
  { now }: Attempt,
  proven: readonly ProvenSignature[],
): Verdict {
  const [first] = proven
  if (first === undefined) return rejected('http-signature.label-missing')
  const { principal, limits } = first.known
  onUse?.(principal.credentialId, now)
  const claims = { ...principal.claims, [SIGNATURE_CLAIM]: factsOf(first) }
  return accepted({ ...principal, claims, authenticatedAt: first.created }, limits)
}
