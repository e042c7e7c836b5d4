import {
  AuthorityKeyIdentifier,
  BasicConstraints,
  ExtendedKeyUsage,
  Extensions,
  GeneralName,
  GeneralSubtree,
  GeneralSubtrees,
  id_ce_authorityKeyIdentifier,
  id_ce_basicConstraints,
  id_ce_extKeyUsage,
  id_ce_keyUsage,
  id_ce_nameConstraints,
  id_ce_subjectAltName,
  id_ce_subjectKeyIdentifier,
  id_kp_clientAuth,
  id_kp_serverAuth,
  KeyIdentifier,
  KeyUsage,
  KeyUsageFlags,
  NameConstraints,
  SubjectAlternativeName,
  SubjectKeyIdentifier,
  type Extension,
} from '@peculiar/asn1-x509'
import { extension, toArrayBuffer } from './der.ts'
import type { CertificateIdentity } from './names.ts'

/** Which key a certificate holds, and which signed it. */
export interface KeyIdentifiers {
  readonly subject: Uint8Array
  readonly issuer: Uint8Array
}

/** What a CA may vouch for. */
export interface CaNames {
  readonly trustDomain: string
  /** Domains whose host names it may certify. None: it certifies no host name at all. */
  readonly dnsDomains: readonly string[]
}

/**
 * Extensions of a CA certificate: it signs certificates and CRLs, and only for its names. The
 * constraint binds every verifier, also where somebody trusts this CA beside others.
 *
 * @see [RFC 5280 §4.2.1](https://www.rfc-editor.org/rfc/rfc5280#section-4.2.1)
 */
export function caExtensions(names: CaNames, keys: KeyIdentifiers, pathLength: number): Extensions {
  const basic = new BasicConstraints({ cA: true, pathLenConstraint: pathLength })
  const usage = new KeyUsage(KeyUsageFlags.keyCertSign | KeyUsageFlags.cRLSign)
  return new Extensions([
    extension(id_ce_basicConstraints, basic, true),
    extension(id_ce_keyUsage, usage, true),
    extension(id_ce_nameConstraints, constraints(names), true),
    ...identifiers(keys),
  ])
}

/**
 * Extensions of a certificate for a workload. It is no CA and says so; both ends of a connection may
 * use it. The alternative names are the only names (there is no subject), and so are critical.
 *
 * @see [X509-SVID §4](https://github.com/spiffe/spiffe/blob/main/standards/X509-SVID.md#4-constraints-and-usage)
 */
export function leafExtensions(identity: CertificateIdentity, keys: KeyIdentifiers): Extensions {
  return new Extensions([
    extension(id_ce_basicConstraints, new BasicConstraints({ cA: false }), true),
    extension(id_ce_keyUsage, new KeyUsage(KeyUsageFlags.digitalSignature), true),
    extension(id_ce_extKeyUsage, new ExtendedKeyUsage([id_kp_clientAuth, id_kp_serverAuth])),
    extension(id_ce_subjectAltName, new SubjectAlternativeName(generalNames(identity)), true),
    ...identifiers(keys),
  ])
}

/** Names the key that signed a certificate or a CRL. */
export const authorityKey = (issuer: Uint8Array): Extension =>
  extension(
    id_ce_authorityKeyIdentifier,
    new AuthorityKeyIdentifier({ keyIdentifier: new KeyIdentifier(toArrayBuffer(issuer)) }),
  )

const identifiers = ({ subject, issuer }: KeyIdentifiers): readonly Extension[] => [
  extension(id_ce_subjectKeyIdentifier, new SubjectKeyIdentifier(toArrayBuffer(subject))),
  authorityKey(issuer),
]

const generalNames = ({ spiffe, dns }: CertificateIdentity): GeneralName[] => [
  ...(spiffe === undefined ? [] : [new GeneralName({ uniformResourceIdentifier: spiffe })]),
  ...dns.map((dNSName) => new GeneralName({ dNSName })),
]

/** A kind of name without a permitted subtree is free (RFC 5280 §4.2.1.10), so it is excluded. */
function constraints({ trustDomain, dnsDomains }: CaNames): NameConstraints {
  const hosts = dnsDomains.map((dNSName) => new GeneralName({ dNSName }))
  const every = hosts.length > 0 ? [] : [new GeneralName({ dNSName: '' })]
  const addresses = ['0.0.0.0/0', '::/0'].map((iPAddress) => new GeneralName({ iPAddress }))
  const trusted = new GeneralName({ uniformResourceIdentifier: trustDomain })
  return new NameConstraints({
    permittedSubtrees: subtrees([trusted, ...hosts]),
    excludedSubtrees: subtrees([...every, ...addresses]),
  })
}

const subtrees = (names: readonly GeneralName[]): GeneralSubtrees =>
  new GeneralSubtrees(names.map((base) => new GeneralSubtree({ base })))
