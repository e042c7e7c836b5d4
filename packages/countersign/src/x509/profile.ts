import { isStrong } from './algorithms.ts'
import { isSelfIssued, type Certificate } from './certificate.ts'
import type { SubjectName } from './general-names.ts'
import { findOutside, type ComparisonBudget } from './name-constraints.ts'
import { failure, type PathFailure } from './path-error.ts'

/** What one certificate has to be, at its place in a path (RFC 5280 §4.2 and §6.1). */

/** Who presents the leaf: a client to us, or a server to us. */
export type Purpose = 'client' | 'server'

/** What is checked of a leaf, and when. */
export interface LeafRules {
  readonly purpose: Purpose
  /** Seconds since the epoch. */
  readonly at: number
  readonly acceptCaAsLeaf: boolean
  readonly acceptMissingPurpose: boolean
}

const PURPOSES = { client: '1.3.6.1.5.5.7.3.2', server: '1.3.6.1.5.5.7.3.1' } as const
const ANY_PURPOSE = '2.5.29.37.0'

/** Checks what does not depend on the place in the path. */
function checkAny(certificate: Certificate, at: number): PathFailure | undefined {
  const { extensions, notAfter, notBefore, publicKey } = certificate
  // Written so that a time that is no number is outside.
  if (!(at >= notBefore)) return failure('not-yet-valid', `valid from ${notBefore}`)
  if (!(at <= notAfter)) return failure('expired', `expired at ${notAfter}`)
  if (publicKey === undefined) return failure('algorithm', 'the key is of no accepted kind')
  if (!isStrong(publicKey)) return failure('algorithm', 'the RSA key has no accepted length')
  const [critical] = extensions.unprocessed
  if (critical !== undefined) return failure('critical-extension', `${critical} is not processed`)
  if (extensions.policyConstraints) {
    return failure('critical-extension', 'policies are demanded, and not processed')
  }
  return undefined
}

/** RFC 5280 §4.2.1.1: everywhere but in an anchor, whose own issuer does not matter. */
const lacksAuthorityKeyId = ({ extensions }: Certificate): boolean =>
  extensions.authorityKeyId === undefined

/** Checks a leaf: dates, strength, purpose, and that it is no authority. */
export function checkLeaf(leaf: Certificate, rules: LeafRules): PathFailure | undefined {
  const wrong = checkAny(leaf, rules.at) ?? checkLeafConstraints(leaf, rules)
  if (wrong !== undefined) return wrong
  if (leaf.algorithm === undefined) return failure('algorithm', 'the signature algorithm')
  if (lacksAuthorityKeyId(leaf)) return failure('profile', 'the leaf has no authority key id')
  const { subjectNames } = leaf.extensions
  // RFC 5280 §4.2.1.6: a subject without a name has to point at its other names.
  if (leaf.subject.length === 0 && subjectNames?.critical !== true) {
    return failure('profile', 'the leaf has neither a subject nor critical alternative names')
  }
  return checkLeafUsage(leaf, rules) ?? checkLeafPurpose(leaf, rules)
}

function checkLeafConstraints(
  { extensions }: Certificate,
  { acceptCaAsLeaf }: LeafRules,
): PathFailure | undefined {
  if (extensions.basicConstraints?.ca === true) {
    return acceptCaAsLeaf ? undefined : failure('basic-constraints', 'the leaf is an authority')
  }
  if (extensions.nameConstraints !== undefined) {
    return failure('name-constraints', 'the leaf constrains names, and is no authority')
  }
  return extensions.keyUsage?.keyCertSign === true
    ? failure('key-usage', 'the leaf may sign certificates, and is no authority')
    : undefined
}

function checkLeafUsage(
  { extensions: { basicConstraints, keyUsage } }: Certificate,
  { purpose }: LeafRules,
): PathFailure | undefined {
  // An authority in the place of a leaf was accepted with what it has.
  if (keyUsage === undefined || basicConstraints?.ca === true) return undefined
  const usable = keyUsage.digitalSignature || (purpose === 'server' && keyUsage.keyEstablishment)
  return usable ? undefined : failure('key-usage', 'the key is not for authentication')
}

/** `anyExtendedKeyUsage` alone is refused: it is what certificates for something else carry. */
function checkLeafPurpose(
  { extensions: { extendedKeyUsage } }: Certificate,
  { purpose, acceptMissingPurpose }: LeafRules,
): PathFailure | undefined {
  if (extendedKeyUsage === undefined) {
    return acceptMissingPurpose
      ? undefined
      : failure('extended-key-usage', 'the leaf names no purpose')
  }
  return extendedKeyUsage.includes(PURPOSES[purpose])
    ? undefined
    : failure('extended-key-usage', `the leaf is not for a ${purpose}`)
}

/** The next certificate towards the root. */
export interface Step {
  readonly issuer: Certificate
  /** Whether it is trusted by itself. */
  readonly anchor: boolean
}

/** What is checked of an issuer, apart from its signature. */
export interface IssuerRules {
  readonly purpose: Purpose
  readonly at: number
  readonly comparisons: ComparisonBudget
}

/**
 * Checks an issuer for what stands below it, leaf first: dates, strength, that it is an authority
 * that may sign certificates, for this purpose, this deep, and for these names.
 */
export function checkIssuer(
  { issuer, anchor }: Step,
  below: readonly Certificate[],
  { purpose, at, comparisons }: IssuerRules,
): PathFailure | undefined {
  const { basicConstraints, extendedKeyUsage, nameConstraints } = issuer.extensions
  const wrong = checkAny(issuer, at) ?? checkAuthority(issuer)
  if (wrong !== undefined) return wrong
  if (!anchor && lacksAuthorityKeyId(issuer)) {
    return failure('profile', 'the issuer has no authority key id')
  }
  if (
    extendedKeyUsage !== undefined &&
    !extendedKeyUsage.includes(PURPOSES[purpose]) &&
    !extendedKeyUsage.includes(ANY_PURPOSE)
  ) {
    return failure('extended-key-usage', `the issuer is not for a ${purpose}`)
  }
  const limit = basicConstraints?.pathLength ?? Infinity
  if (countIntermediates(below) > limit) return failure('path-length', `more than ${limit} below`)
  if (nameConstraints === undefined) return undefined
  for (const [index, certificate] of below.entries()) {
    // RFC 5280 §6.1.3 (b): a key change of the authority itself is not judged, unless it is the leaf.
    if (index > 0 && isSelfIssued(certificate)) continue
    const outside = findOutside(namesOf(certificate), nameConstraints, comparisons)
    if (outside !== undefined) return failure('name-constraints', `a name is ${outside}`)
  }
  return undefined
}

function checkAuthority(issuer: Certificate): PathFailure | undefined {
  const { basicConstraints, keyUsage, subjectKeyId } = issuer.extensions
  if (basicConstraints?.ca !== true || !basicConstraints.critical) {
    return failure('basic-constraints', 'the issuer is no authority')
  }
  if (keyUsage !== undefined && !keyUsage.keyCertSign) {
    return failure('key-usage', 'the issuer may not sign certificates')
  }
  if (issuer.subject.length === 0) return failure('profile', 'the issuer has no subject')
  if (subjectKeyId === undefined) return failure('profile', 'the issuer has no subject key id')
  return undefined
}

/** How many authorities stand between a leaf and its issuer; key changes do not count. */
export const countIntermediates = (below: readonly Certificate[]): number =>
  below.slice(1).filter((certificate) => !isSelfIssued(certificate)).length

/** Every name that constraints apply to. */
function namesOf({ subject, subjectEmails, extensions }: Certificate): readonly SubjectName[] {
  const names = extensions.subjectNames?.names ?? []
  const emails = names.some(({ kind }) => kind === 'email') ? [] : subjectEmails
  return [
    ...(subject.length === 0 ? [] : [{ kind: 'directory' as const, value: subject }]),
    ...emails.map((value) => ({ kind: 'email' as const, value })),
    ...names,
  ]
}
