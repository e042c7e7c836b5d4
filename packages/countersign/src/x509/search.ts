import type { Certificate } from './certificate.ts'
import { isSame } from './decode.ts'
import { isSameName } from './names.ts'
import { failure, type PathFailure } from './path-error.ts'
import { checkIssuer, countIntermediates, type IssuerRules, type Step } from './profile.ts'

/**
 * The search for a path, as a generator: it yields the questions that cost something, and is resumed
 * with the answers. Whoever drives it may answer at once or later.
 */
export type Search<T> = Generator<Question, T, Answer>

/** Did this issuer sign? Or: does anything else speak against the whole path? */
export type Question =
  | { readonly kind: 'signature'; readonly child: Certificate; readonly issuer: Certificate }
  | { readonly kind: 'revocation'; readonly path: readonly Certificate[] }

/** A refusal, or undefined where nothing speaks against it. */
export type Answer = PathFailure | undefined

/** What a search may use. */
export interface SearchSpace extends IssuerRules {
  readonly anchors: readonly Certificate[]
  readonly intermediates: readonly Certificate[]
  /** Intermediates in a path; key changes of one authority do not count. */
  readonly maxIntermediates: number
  /** Signatures in a whole search. Counts down. */
  readonly signatures: { left: number }
}

/** A path that was found: leaf first, anchor last. */
export type Found = { readonly path: readonly Certificate[] } | { readonly failure: PathFailure }

/** Key changes do not count as intermediates, but even they end somewhere. */
const MAX_PATH = 16

/**
 * Searches depth first from the leaf to an anchor. Cheap checks come before the signature of each step;
 * a certificate, or a name with the same key, is in a path once, so that cross-signed authorities
 * cannot lead it in circles. Of several failures the first that says more than
 * that somebody else must have signed is reported.
 */
export function* searchPath(space: SearchSpace, below: readonly Certificate[]): Search<Found> {
  if (below.length > MAX_PATH || countIntermediates(below) > space.maxIntermediates) {
    return { failure: failure('path-length', 'too many intermediates') }
  }
  let best: PathFailure | undefined
  for (const step of stepsFrom(space, below)) {
    const found = yield* tryStep(space, below, step)
    if ('path' in found) return found
    // Out of budget is the end of the search, and not of a branch.
    if (found.failure.reason === 'signature-budget') return found
    if (best === undefined || (isVague(best) && !isVague(found.failure))) best = found.failure
  }
  return { failure: best ?? failure('no-path', 'no anchor has the name of the last issuer') }
}

const isVague = ({ reason }: PathFailure): boolean => reason === 'signature' || reason === 'no-path'

function* tryStep(space: SearchSpace, below: readonly Certificate[], step: Step): Search<Found> {
  const { issuer, anchor } = step
  const child = below.at(-1)
  if (child === undefined) return { failure: failure('no-path', 'there is no leaf') }
  const unfit = checkIssuer(step, below, space)
  if (unfit !== undefined) return { failure: unfit }
  if (space.signatures.left <= 0) {
    return { failure: failure('signature-budget', 'too many signatures to check') }
  }
  space.signatures.left -= 1
  const unsigned = yield { kind: 'signature', child, issuer }
  if (unsigned !== undefined) return { failure: unsigned }
  const path = [...below, issuer]
  if (!anchor) return yield* searchPath(space, path)
  const refused = yield { kind: 'revocation', path }
  return refused === undefined ? { path } : { failure: refused }
}

/** Who may have signed the last certificate: anchors first, then by key identifier. */
function stepsFrom(space: SearchSpace, below: readonly Certificate[]): readonly Step[] {
  const child = below.at(-1)
  if (child === undefined) return []
  const isNamed = ({ subject }: Certificate): boolean => isSameName(subject, child.issuer)
  const isLikely = ({ extensions }: Certificate): boolean =>
    extensions.subjectKeyId === child.extensions.authorityKeyId
  const likelyFirst = (certificates: readonly Certificate[]): readonly Certificate[] =>
    certificates.toSorted((left, right) => Number(isLikely(right)) - Number(isLikely(left)))
  const anchors = likelyFirst(space.anchors.filter(isNamed))
  const steps = anchors.map((issuer) => ({ issuer, anchor: true }))
  const isFresh = (candidate: Certificate): boolean =>
    !below.some((used) => isSameAuthority(used, candidate))
  const intermediates = likelyFirst(space.intermediates.filter(isNamed).filter(isFresh))
  return [...steps, ...intermediates.map((issuer) => ({ issuer, anchor: false }))]
}

const isSameAuthority = (left: Certificate, right: Certificate): boolean =>
  isSame(left.spki, right.spki) && isSameName(left.subject, right.subject)
