import {
  AuthorityKeyIdentifier,
  BasicConstraints,
  ExtendedKeyUsage,
  KeyUsage,
  KeyUsageFlags,
  NameConstraints,
  SubjectAlternativeName,
  SubjectKeyIdentifier,
  type Extension,
} from '@peculiar/asn1-x509'
import { err, ok, type Result } from '../core/result.ts'
import { decode, toHex, type Schema } from './decode.ts'
import { readSubjectName, type SubjectName } from './general-names.ts'
import { readConstraints, type Constraints } from './name-constraints.ts'

/** What the path checks read of the extensions of a certificate (RFC 5280 §4.2). */
export interface CertificateExtensions {
  readonly basicConstraints?: {
    readonly critical: boolean
    readonly ca: boolean
    readonly pathLength: number | undefined
  }
  readonly keyUsage?: {
    readonly digitalSignature: boolean
    readonly keyEstablishment: boolean
    readonly keyCertSign: boolean
    readonly crlSign: boolean
  }
  /** The object identifiers of the purposes. */
  readonly extendedKeyUsage?: readonly string[]
  readonly subjectNames?: { readonly critical: boolean; readonly names: readonly SubjectName[] }
  readonly nameConstraints?: Constraints
  /** Hexadecimal. */
  readonly subjectKeyId?: string
  /** Hexadecimal. */
  readonly authorityKeyId?: string
  /** Whether policies are demanded, which we do not process. */
  readonly policyConstraints?: true
  /** Critical extensions that we do not process: no path may contain one (RFC 5280 §6.1.4 o). */
  readonly unprocessed: readonly string[]
}

type Read = Result<Partial<CertificateExtensions>, string>

interface Reader {
  /** Whether processing it makes `critical` acceptable; the profile forbids it for the others. */
  readonly mayBeCritical: boolean
  read(bytes: Uint8Array, critical: boolean): Read
}

/** A reader of one structure; what cannot be read makes the certificate unreadable. */
function reader<T>(
  schema: Schema<T>,
  mayBeCritical: boolean,
  take: (value: T, critical: boolean) => Read,
): Reader {
  return {
    mayBeCritical,
    read(bytes, critical) {
      const value = decode(schema, bytes)
      return value === undefined
        ? err(`${schema.name} is no DER of its kind`)
        : take(value, critical)
    },
  }
}

const READERS: Readonly<Record<string, Reader>> = {
  '2.5.29.14': reader(SubjectKeyIdentifier, false, ({ buffer }) =>
    ok({ subjectKeyId: toHex(buffer) }),
  ),
  '2.5.29.15': reader(KeyUsage, true, (value) => {
    const bits = value.toNumber()
    if (bits === 0) return err('KeyUsage names no use')
    const has = (flag: number): boolean => (bits & flag) !== 0
    return ok({
      keyUsage: {
        digitalSignature: has(KeyUsageFlags.digitalSignature),
        keyEstablishment: has(KeyUsageFlags.keyEncipherment) || has(KeyUsageFlags.keyAgreement),
        keyCertSign: has(KeyUsageFlags.keyCertSign),
        crlSign: has(KeyUsageFlags.cRLSign),
      },
    })
  }),
  '2.5.29.17': reader(SubjectAlternativeName, true, (value, critical) => {
    const names: SubjectName[] = []
    for (const name of value) {
      const read = readSubjectName(name)
      if (!read.ok) return read
      names.push(read.value)
    }
    if (names.length === 0) return err('SubjectAlternativeName is empty')
    return ok({ subjectNames: { critical, names } })
  }),
  '2.5.29.19': reader(BasicConstraints, true, ({ cA, pathLenConstraint }, critical) => {
    if (pathLenConstraint !== undefined && (pathLenConstraint < 0 || !cA)) {
      return err('BasicConstraints has a path length that makes no sense')
    }
    return ok({ basicConstraints: { critical, ca: cA, pathLength: pathLenConstraint } })
  }),
  '2.5.29.30': reader(NameConstraints, true, (value) => {
    const constraints = readConstraints(value)
    return constraints.ok ? ok({ nameConstraints: constraints.value }) : constraints
  }),
  '2.5.29.35': reader(AuthorityKeyIdentifier, false, ({ keyIdentifier }) =>
    ok(keyIdentifier === undefined ? {} : { authorityKeyId: toHex(keyIdentifier.buffer) }),
  ),
  '2.5.29.36': {
    mayBeCritical: false,
    read: () => ok({ policyConstraints: true }),
  },
  '2.5.29.37': reader(ExtendedKeyUsage, true, (value) =>
    value.length === 0
      ? err('ExtendedKeyUsage is empty')
      : ok({ extendedKeyUsage: Array.from(value) }),
  ),
}

/** Reads the extensions of a certificate; none may appear twice (RFC 5280 §4.2). */
export function readExtensions(
  extensions: Iterable<Extension>,
): Result<CertificateExtensions, string> {
  let values: Partial<CertificateExtensions> = {}
  const unprocessed: string[] = []
  const seen = new Set<string>()
  for (const { extnID, critical, extnValue } of extensions) {
    if (seen.has(extnID)) return err(`extension ${extnID} appears twice`)
    seen.add(extnID)
    const known = READERS[extnID]
    if (critical && known?.mayBeCritical !== true) unprocessed.push(extnID)
    const value = known?.read(new Uint8Array(extnValue.buffer), critical) ?? ok({})
    if (!value.ok) return value
    values = { ...values, ...value.value }
  }
  return ok({ ...values, unprocessed })
}
