import type { GeneralSubtree, NameConstraints } from '@peculiar/asn1-x509'
import { err, ok, type Result } from '../core/result.ts'
import { isHost, isMailbox, readGeneralName, type SubjectName } from './general-names.ts'
import { isWithin } from './names.ts'

/** The subtrees a certificate authority may name subjects in (RFC 5280 §4.2.1.10). */
export interface Constraints {
  readonly permitted: readonly SubjectName[]
  readonly excluded: readonly SubjectName[]
}

/** Reads the extension; a base that its form does not allow constrains nothing we could check. */
export function readConstraints(value: NameConstraints): Result<Constraints, string> {
  const permitted = readSubtrees(value.permittedSubtrees ?? [])
  if (!permitted.ok) return permitted
  const excluded = readSubtrees(value.excludedSubtrees ?? [])
  if (!excluded.ok) return excluded
  if (permitted.value.length + excluded.value.length === 0) {
    return err('NameConstraints is empty')
  }
  return ok({ permitted: permitted.value, excluded: excluded.value })
}

function readSubtrees(subtrees: Iterable<GeneralSubtree>): Result<SubjectName[], string> {
  const bases: SubjectName[] = []
  for (const { base, minimum, maximum } of subtrees) {
    const name = readGeneralName(base)
    // RFC 5280 §4.2.1.10: minimum is zero and maximum is absent, always.
    if (minimum !== 0 || maximum !== undefined || !isBase(name)) {
      return err(`NameConstraints has a ${name.kind} base that is none`)
    }
    bases.push(name)
  }
  return ok(bases)
}

function isBase(base: SubjectName): boolean {
  switch (base.kind) {
    case 'dns':
      // A leading period is a habit of OpenSSL, not a form of RFC 5280.
      return base.value === '' || isHost(base.value)
    case 'email':
      return isMailbox(base.value) || isHost(withoutPeriod(base.value))
    case 'uri':
      return isHost(withoutPeriod(base.value))
    case 'ip':
      // Address and mask. The parser refuses masks with holes: they would not be written back.
      return base.value.length === 8 || base.value.length === 32
    case 'directory':
    case 'other':
    default:
      return true
  }
}

const withoutPeriod = (text: string): string => text.replace(/^\./, '')

/** Counts comparisons down: two long lists make a quadratic number of them. */
export interface ComparisonBudget {
  left: number
}

/** Why names are outside; `budget` when the work was more than allowed. */
export type Outside = 'excluded' | 'not-permitted' | 'unprocessed' | 'budget'

/**
 * Reports why one of the names lies outside the constraints; undefined when all lie within.
 * Constraints of one form leave other forms alone. A form that we do not judge is refused when both
 * a constraint and a name have it.
 */
export function findOutside(
  names: readonly SubjectName[],
  { permitted, excluded }: Constraints,
  budget: ComparisonBudget,
): Outside | undefined {
  for (const name of names) {
    budget.left -= permitted.length + excluded.length
    if (budget.left < 0) return 'budget'
    const sameForm = (base: SubjectName): boolean => isSameForm(base, name)
    if (name.kind === 'other' && (permitted.some(sameForm) || excluded.some(sameForm))) {
      return 'unprocessed'
    }
    if (excluded.some((base) => mayMatch(name, base))) return 'excluded'
    const allowed = permitted.filter(sameForm)
    if (allowed.length > 0 && !allowed.some((base) => matches(name, base))) return 'not-permitted'
  }
  return undefined
}

const isSameForm = (base: SubjectName, name: SubjectName): boolean =>
  base.kind === 'other' && name.kind === 'other' ? base.form === name.form : base.kind === name.kind

/**
 * Reports whether a name could stand for one in an excluded subtree: `*.example.com` covers
 * `bar.example.com`, so a constraint against the latter refuses it (CVE-2025-61727).
 */
function mayMatch(name: SubjectName, base: SubjectName): boolean {
  if (matches(name, base)) return true
  if (name.kind === 'uri' && base.kind === 'uri') return hostOf(name.value) === undefined
  if (name.kind !== 'dns' || base.kind !== 'dns' || !name.value.startsWith('*.')) return false
  return isUnder(base.value.toLowerCase(), name.value.slice(2).toLowerCase())
}

/** Reports whether every name that this one stands for lies in the subtree. */
function matches(name: SubjectName, base: SubjectName): boolean {
  if (name.kind === 'dns' && base.kind === 'dns') {
    const host = name.value.replace(/^\*\./, 'a.') // A wildcard is one label: any will do.
    const [left, right] = [host.toLowerCase(), base.value.toLowerCase()]
    return name.value === host ? isUnder(left, right) : left !== right && isUnder(left, right)
  }
  if (name.kind === 'email' && base.kind === 'email') return isMailboxWithin(name.value, base.value)
  if (name.kind === 'uri' && base.kind === 'uri') return isUriWithin(name.value, base.value)
  if (name.kind === 'ip' && base.kind === 'ip') return isAddressWithin(name.value, base.value)
  if (name.kind === 'directory' && base.kind === 'directory') {
    return isWithin(name.value, base.value)
  }
  return false
}

const isUnder = (host: string, base: string): boolean =>
  base === '' || host === base || host.endsWith(`.${base}`)

function isMailboxWithin(mailbox: string, base: string): boolean {
  const at = mailbox.lastIndexOf('@')
  const host = mailbox.slice(at + 1).toLowerCase()
  const baseAt = base.lastIndexOf('@')
  const baseHost = base.slice(baseAt + 1).toLowerCase()
  // The local part is compared as it stands: `*` is a character.
  if (baseAt >= 0) return mailbox.slice(0, at) === base.slice(0, baseAt) && host === baseHost
  return isHostWithin(host, baseHost)
}

/** RFC 5280 §4.2.1.10, URI: a URI without a host cannot be permitted. */
function isUriWithin(uri: string, base: string): boolean {
  const host = hostOf(uri)
  return host !== undefined && isHostWithin(host, base.toLowerCase())
}

/** With a leading period everything below, without it the host alone. */
const isHostWithin = (host: string, base: string): boolean =>
  base.startsWith('.') ? host.endsWith(base) && host !== base : host === base

function hostOf(uri: string): string | undefined {
  const authority = /^[a-z][a-z0-9+.-]*:\/\/([^/?#]*)/i.exec(uri)?.[1]
  const host = authority?.replace(/:\d*$/, '').toLowerCase()
  return host !== undefined && isHost(host) ? host : undefined
}

function isAddressWithin(address: Uint8Array, base: Uint8Array): boolean {
  const { length } = address
  if (base.length !== 2 * length) return false
  return address.every((byte, index) => {
    const mask = base[length + index] ?? 0
    return (byte & mask) === ((base[index] ?? 0) & mask)
  })
}
