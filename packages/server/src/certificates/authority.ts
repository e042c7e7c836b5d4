import { AsnConvert } from '@peculiar/asn1-schema'
import {
  Certificate,
  id_ce_basicConstraints,
  id_ce_nameConstraints,
  BasicConstraints,
  NameConstraints,
  type Name,
} from '@peculiar/asn1-x509'
import { assertConfig, type Secret } from 'countersign'
import { createPrivateKey, createPublicKey, type KeyObject } from 'node:crypto'
import { toPem } from './der.ts'
import type { CaNames } from './extensions.ts'
import { keyIdentifier, spkiOf } from './key-floor.ts'
import type { Span } from './sign.ts'

/** A CA that is ready to sign. What it may vouch for is read from its own certificate. */
export interface CertificateAuthority extends CaNames, Span {
  /** DER. Public. */
  readonly certificate: Uint8Array
  readonly pem: string
  /** Signs; cannot be printed and is never exported. */
  readonly key: KeyObject
  readonly keyId: Uint8Array
  readonly subject: Name
  /** How many CAs may stand below it. */
  readonly pathLength: number
}

/** A CA as it is kept: the private key is what `keys/seal.ts` seals and opens. */
export interface StoredCa {
  /** DER. */
  readonly certificate: Uint8Array
  /** PKCS#8, PEM. */
  readonly privateKey: Secret
}

/**
 * Opens a CA that {@link createCa} made. Checks that the key is the certificate's; does not check
 * that the certificate is valid now: issuing does.
 *
 * @throws `ConfigError` when the two do not belong together, or are not a CA of ours.
 */
export function openCa({ certificate, privateKey }: StoredCa): CertificateAuthority {
  const key = createPrivateKey(privateKey.reveal())
  const { tbsCertificate: tbs } = AsnConvert.parse(certificate, Certificate)
  const spki = spkiOf(createPublicKey(key))
  const certified = Buffer.from(AsnConvert.serialize(tbs.subjectPublicKeyInfo))
  assertConfig(
    spki.equals(certified),
    'CS_CONFIG_CA_KEY',
    'ca: the private key is not the key of the certificate',
  )
  const basic = valueOf(tbs.extensions, id_ce_basicConstraints, BasicConstraints)
  assertConfig(basic?.cA === true, 'CS_CONFIG_CA', 'ca: the certificate is not that of a CA')
  return Object.freeze({
    ...namesOf(valueOf(tbs.extensions, id_ce_nameConstraints, NameConstraints)),
    certificate,
    pem: toPem(certificate, 'CERTIFICATE'),
    key,
    keyId: keyIdentifier(spki),
    subject: tbs.subject,
    pathLength: basic.pathLenConstraint ?? 0,
    notBefore: seconds(tbs.validity.notBefore.getTime()),
    notAfter: seconds(tbs.validity.notAfter.getTime()),
  })
}

function namesOf(constraints: NameConstraints | undefined): CaNames {
  const permitted = [...(constraints?.permittedSubtrees ?? [])].map(({ base }) => base)
  const [trustDomain, ...more] = permitted.flatMap(
    ({ uniformResourceIdentifier: uri }) => uri ?? [],
  )
  assertConfig(
    trustDomain !== undefined && more.length === 0,
    'CS_CONFIG_CA',
    'ca: the certificate is not constrained to one trust domain; make the CA here',
  )
  return { trustDomain, dnsDomains: permitted.flatMap(({ dNSName }) => dNSName ?? []) }
}

function valueOf<T>(
  extensions: Certificate['tbsCertificate']['extensions'],
  id: string,
  schema: new () => T,
): T | undefined {
  const found = extensions?.find(({ extnID }) => extnID === id)
  return found === undefined ? undefined : AsnConvert.parse(found.extnValue.buffer, schema)
}

const seconds = (date: Date): number => date.getTime() / 1000
