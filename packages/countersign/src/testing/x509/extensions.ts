import { AsnConvert } from '@peculiar/asn1-schema'
import {
  AuthorityKeyIdentifier,
  BasicConstraints,
  ExtendedKeyUsage,
  GeneralName,
  GeneralSubtree,
  GeneralSubtrees,
  KeyIdentifier,
  KeyUsage,
  KeyUsageFlags,
  NameConstraints,
  SubjectAlternativeName,
  SubjectKeyIdentifier,
} from '@peculiar/asn1-x509'

/** A name for a certificate that is made for a test. */
export type MintName = Pick<
  GeneralName,
  'dNSName' | 'uniformResourceIdentifier' | 'iPAddress' | 'rfc822Name'
>

/** The extensions of a certificate that is made for a test. */
export interface ExtensionPlan {
  /** Whether it is an authority, and how deep. Default: it is none. */
  readonly authority?: { readonly pathLength?: number } | undefined
  /** Bits of KeyUsageFlags; 0 for none. Default: those of its kind. */
  readonly keyUsage?: number
  /** Object identifiers; empty for none. Default: client, for a leaf. */
  readonly purposes?: readonly string[]
  readonly names?: readonly Partial<MintName>[]
  readonly permitted?: readonly Partial<MintName>[]
  readonly excluded?: readonly Partial<MintName>[]
  /** More extensions, as they are. */
  readonly more?: readonly RawExtension[]
}

/** An extension as it stands in a certificate. */
export interface RawExtension {
  readonly id: string
  readonly critical: boolean
  readonly value: Uint8Array
}

interface KeyIds {
  readonly subject: Uint8Array
  readonly issuer: Uint8Array
}

const CLIENT = '1.3.6.1.5.5.7.3.2'

/** The extensions of a plan, in the order of their identifiers. */
export function extensionsOf(plan: ExtensionPlan, ids: KeyIds): readonly RawExtension[] {
  const { authority, names = [], permitted = [], excluded = [], more = [] } = plan
  const flags = KeyUsageFlags
  const usage = authority ? flags.keyCertSign | flags.cRLSign : flags.digitalSignature
  const { keyUsage = usage, purposes = authority ? [] : [CLIENT] } = plan
  const constrained = permitted.length + excluded.length > 0
  return [
    extension('2.5.29.14', false, new SubjectKeyIdentifier(ids.subject)),
    ...(keyUsage === 0 ? [] : [extension('2.5.29.15', true, new KeyUsage(keyUsage))]),
    ...(names.length === 0
      ? []
      : [extension('2.5.29.17', true, new SubjectAlternativeName(names.map(nameOf)))]),
    extension('2.5.29.19', true, constraintsOf(authority)),
    ...(constrained ? [extension('2.5.29.30', true, subtreesOf(permitted, excluded))] : []),
    extension(
      '2.5.29.35',
      false,
      new AuthorityKeyIdentifier({ keyIdentifier: new KeyIdentifier(ids.issuer) }),
    ),
    ...(purposes.length === 0
      ? []
      : [extension('2.5.29.37', false, new ExtendedKeyUsage([...purposes]))]),
    ...more,
  ]
}

const extension = (id: string, critical: boolean, value: unknown): RawExtension => ({
  id,
  critical,
  value: new Uint8Array(AsnConvert.serialize(value)),
})

function constraintsOf(authority: ExtensionPlan['authority']): BasicConstraints {
  if (authority === undefined) return new BasicConstraints()
  const { pathLength } = authority
  return new BasicConstraints({
    cA: true,
    ...(pathLength !== undefined && { pathLenConstraint: pathLength }),
  })
}

const nameOf = (name: Partial<MintName>): GeneralName => new GeneralName(name)

function subtreesOf(
  permitted: readonly Partial<MintName>[],
  excluded: readonly Partial<MintName>[],
): NameConstraints {
  const trees = (names: readonly Partial<MintName>[]): GeneralSubtrees =>
    new GeneralSubtrees(names.map((name) => new GeneralSubtree({ base: nameOf(name) })))
  return new NameConstraints({
    ...(permitted.length > 0 && { permittedSubtrees: trees(permitted) }),
    ...(excluded.length > 0 && { excludedSubtrees: trees(excluded) }),
  })
}
