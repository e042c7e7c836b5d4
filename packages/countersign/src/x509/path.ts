import { map, type MaybePromise } from '../core/maybe.ts'
import { err, ok, type Result } from '../core/result.ts'
import type { Certificate } from './certificate.ts'
import type { Crl } from './crl.ts'
import { failure, type PathFailure } from './path-error.ts'
import { checkLeaf, type Purpose } from './profile.ts'
import { findRevocation, type CrlPolicy } from './revocation.ts'
import { searchPath, type Answer, type Found, type Question, type Search } from './search.ts'
import { isSignedBy } from './signature.ts'

/** Bounds on the work that a stranger's certificates can cause. */
export interface PathLimits {
  /** Authorities between leaf and anchor. Default: 8. */
  readonly maxIntermediates?: number
  /** Signatures checked in one validation, lists not counted. Default: 32. */
  readonly maxSignatures?: number
  /** Comparisons of names with constraints in one validation. Default: 65,536. */
  readonly maxNameComparisons?: number
}

/** What a certificate is judged by. */
export interface PathOptions {
  /** What the peer presented. */
  readonly leaf: Certificate
  /** What the peer sent beside it, in any order; vouched for by nobody. */
  readonly intermediates: readonly Certificate[]
  /** Trusted authorities. They must be valid themselves; an intermediate may be one. */
  readonly anchors: readonly Certificate[]
  /** Seconds since the epoch; fractions do not count. */
  readonly at: number
  /** What the leaf must be for. */
  readonly purpose: Purpose
  /** Revocation lists. Without this, nothing is asked about revocation. */
  readonly crls?: readonly Crl[]
  /** What to do without a current list. Default: refuse both. */
  readonly crlPolicy?: CrlPolicy
  readonly limits?: PathLimits
  /** What RFC 5280 leaves open and we refuse. */
  readonly unsafe?: {
    /** Accepts an authority as a leaf: whoever holds it can issue certificates too. */
    readonly acceptCaAsLeaf?: boolean
    /** Accepts a leaf that names no purpose: a code signing certificate of old is one, too. */
    readonly acceptMissingPurpose?: boolean
  }
}

/** A path that holds. */
export interface ValidPath {
  /** Leaf first, anchor last. */
  readonly chain: readonly Certificate[]
  readonly anchor: Certificate
  /** When the first certificate of the path ends, in seconds since the epoch. */
  readonly notAfter: number
}

const STRICT: CrlPolicy = { missing: 'refuse', stale: 'refuse' }

/**
 * Validates the path from a certificate to a trusted authority.
 *
 * Checks of the leaf: dates, key and signature algorithm, critical extensions, that it is no authority,
 * key usage, extended key usage (`anyExtendedKeyUsage` alone is refused). Then, for each issuer up to
 * an anchor and before its signature: the same, basic constraints, path length, name constraints;
 * then the signature, and at the anchor the revocation lists. The work is bounded.
 *
 * A pure function: no network, no clock, no state but a memory of good signatures of the very same
 * objects, so keep parsed anchors, intermediates and lists. Does not check who the leaf is (see
 * {@link readIdentity}), that the peer holds the key (TLS did), certificate policies (a certificate
 * that demands them is refused), OCSP, or delta lists.
 *
 * @returns The path, or why there is none. At once on Node.
 * @see [RFC 5280 §6](https://www.rfc-editor.org/rfc/rfc5280#section-6)
 */
export function validatePath(options: PathOptions): MaybePromise<Result<ValidPath, PathFailure>> {
  const { leaf, purpose, unsafe, limits } = options
  const at = Math.floor(options.at)
  const wrong = checkLeaf(leaf, {
    purpose,
    at,
    acceptCaAsLeaf: unsafe?.acceptCaAsLeaf ?? false,
    acceptMissingPurpose: unsafe?.acceptMissingPurpose ?? false,
  })
  if (wrong !== undefined) return err(wrong)
  const search = searchPath(
    {
      purpose,
      at,
      anchors: options.anchors,
      intermediates: options.intermediates,
      maxIntermediates: limits?.maxIntermediates ?? 8,
      signatures: { left: limits?.maxSignatures ?? 32 },
      comparisons: { left: limits?.maxNameComparisons ?? 65_536 },
    },
    [leaf],
  )
  return map(drive(search, answerer({ ...options, at })), report)
}

function report(found: Found): Result<ValidPath, PathFailure> {
  if ('failure' in found) return err(found.failure)
  const chain = found.path
  const anchor = chain.at(-1)
  if (anchor === undefined) return err(failure('no-path', 'the path is empty'))
  return ok({ chain, anchor, notAfter: Math.min(...chain.map(({ notAfter }) => notAfter)) })
}

/** Runs a search, without a tick for as long as the answers come at once. */
function drive<T>(
  search: Search<T>,
  answer: (question: Question) => MaybePromise<Answer>,
  first?: { readonly answer: Answer },
): MaybePromise<T> {
  let step = first === undefined ? search.next() : search.next(first.answer)
  while (step.done !== true) {
    const given = answer(step.value)
    if (given instanceof Promise) {
      return given.then((later) => drive(search, answer, { answer: later }))
    }
    step = search.next(given)
  }
  return step.value
}

const answerer =
  ({ crls, crlPolicy: policy = STRICT, at }: PathOptions) =>
  (question: Question): MaybePromise<Answer> => {
    if (question.kind === 'revocation') {
      return crls === undefined ? undefined : revocationOf(question.path, { crls, policy, at })
    }
    const { child, issuer } = question
    if (child.algorithm === undefined) return failure('algorithm', 'the signature algorithm')
    return map(isSignedBy(child, issuer), (good) =>
      good ? undefined : failure('signature', 'the issuer did not sign it'),
    )
  }

/** Asks for everything but the anchor, which nobody but the operator can revoke. */
function revocationOf(
  path: readonly Certificate[],
  check: Parameters<typeof findRevocation>[2],
): MaybePromise<Answer> {
  const [certificate, issuer, ...rest] = path
  if (certificate === undefined || issuer === undefined) return undefined
  return map(
    findRevocation(certificate, issuer, check),
    (refused) => refused ?? revocationOf([issuer, ...rest], check),
  )
}
