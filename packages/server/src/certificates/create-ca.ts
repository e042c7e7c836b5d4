import {
  AttributeTypeAndValue,
  AttributeValue,
  Name,
  RelativeDistinguishedName,
  SubjectPublicKeyInfo,
  TBSCertificate,
  Version,
} from '@peculiar/asn1-x509'
import { AsnConvert } from '@peculiar/asn1-schema'
import { assertConfig, Secret } from 'countersign'
import { generateKeyPair } from 'node:crypto'
import { promisify } from 'node:util'
import type { CertificateAuthority, StoredCa } from './authority.ts'
import { randomSerial, toArrayBuffer } from './der.ts'
import { caExtensions } from './extensions.ts'
import { keyIdentifier, spkiOf } from './key-floor.ts'
import { CERTIFICATE_LIMITS } from './limits.ts'
import { isDnsName, isWithinDomain } from './names.ts'
import { ecdsaWithSha256, signCertificate, toValidity } from './sign.ts'

/** What a new CA is to be. */
export interface CaRequest {
  /** For people. The subject adds a part of the key identifier: names of two CAs never meet. */
  readonly name: string
  /** The SPIFFE trust domain, a host name in lower case. */
  readonly trustDomain: string
  /** Domains whose host names it may certify. @defaultValue none */
  readonly dnsDomains?: readonly string[]
  /** Seconds since the epoch. */
  readonly now: number
  readonly lifetimeSeconds: number
  /** Who signs it: a CA with `pathLength` 1. @defaultValue itself, a root */
  readonly parent?: CertificateAuthority
  /** 1 for a root that signs the CA that issues. @defaultValue 0, it issues itself */
  readonly pathLength?: 0 | 1
}

const makeKeyPair = promisify(generateKeyPair)
const COMMON_NAME = '2.5.4.3'
const SERIAL_NUMBER = '2.5.4.5'

/**
 * Makes a CA on P-256: a root, or an intermediate that ends no later than its parent and vouches for
 * no name that the parent may not. Seal the private key before it is stored.
 *
 * @throws `ConfigError` for a name, domain or time that cannot be meant, or a parent that may not.
 */
export async function createCa(request: CaRequest): Promise<StoredCa> {
  assertRequest(request)
  const { name, trustDomain, dnsDomains = [], parent, pathLength = 0 } = request
  const { publicKey, privateKey } = await makeKeyPair('ec', { namedCurve: 'P-256' })
  const spki = spkiOf(publicKey)
  const own = keyIdentifier(spki)
  const subject = nameOf(name, own)
  const keys = { subject: own, issuer: parent?.keyId ?? own }
  const tbs = new TBSCertificate({
    version: Version.v3,
    serialNumber: toArrayBuffer(Buffer.from(randomSerial(), 'hex')),
    signature: ecdsaWithSha256(),
    issuer: parent?.subject ?? subject,
    validity: toValidity(spanOf(request)),
    subject,
    subjectPublicKeyInfo: AsnConvert.parse(spki, SubjectPublicKeyInfo),
    extensions: caExtensions({ trustDomain, dnsDomains }, keys, pathLength),
  })
  return {
    certificate: await signCertificate(tbs, parent?.key ?? privateKey),
    privateKey: new Secret(privateKey.export({ format: 'pem', type: 'pkcs8' }).toString()),
  }
}

function spanOf({ now, lifetimeSeconds, parent }: CaRequest) {
  return {
    notBefore: Math.max(now - CERTIFICATE_LIMITS.toleranceSeconds, parent?.notBefore ?? 0),
    notAfter: Math.min(now + lifetimeSeconds, parent?.notAfter ?? Infinity),
  }
}

function assertRequest(request: CaRequest): void {
  const { name, trustDomain, dnsDomains = [], lifetimeSeconds } = request
  const CODE = 'CS_CONFIG_CA'
  assertConfig(/^[\w .-]{1,48}$/.test(name), CODE, 'ca.name: 1 to 48 letters, digits, ". - _"')
  const domains = [trustDomain, ...dnsDomains]
  assertConfig(domains.every(isDnsName), CODE, 'ca: write domains as host names in lower case')
  assertConfig(
    Number.isInteger(lifetimeSeconds) && lifetimeSeconds >= CERTIFICATE_LIMITS.maxTtlSeconds,
    CODE,
    'ca.lifetimeSeconds: whole seconds, at least the life of one certificate',
  )
  if (request.parent !== undefined) assertParent(request, request.parent)
}

function assertParent(request: CaRequest, parent: CertificateAuthority): void {
  const { trustDomain, dnsDomains = [], now, pathLength = 0 } = request
  const covered = dnsDomains.every((name) =>
    parent.dnsDomains.some((domain) => isWithinDomain(name, domain)),
  )
  assertConfig(
    pathLength < parent.pathLength && trustDomain === parent.trustDomain && covered,
    'CS_CONFIG_CA_PARENT',
    'ca.parent: it may not sign a CA, or not one for these names',
  )
  assertConfig(
    parent.notBefore <= now && now < parent.notAfter,
    'CS_CONFIG_CA_PARENT',
    'ca.parent: it is not valid now',
  )
}

const nameOf = (name: string, keyId: Buffer): Name =>
  new Name([
    attribute(COMMON_NAME, new AttributeValue({ utf8String: name })),
    attribute(SERIAL_NUMBER, new AttributeValue({ printableString: keyId.toString('hex', 0, 8) })),
  ])

const attribute = (type: string, value: AttributeValue): RelativeDistinguishedName =>
  new RelativeDistinguishedName([new AttributeTypeAndValue({ type, value })])
