/** Certificates for tests: valid in every detail but those that are asked to be wrong. */
import { systemClock, toSeconds } from '../core/clock.ts'
import { mintCrl } from './x509/crl.ts'
import type { ExtensionPlan } from './x509/extensions.ts'
import type { MintKey } from './x509/key.ts'
import { mintCertificate } from './x509/certificate.ts'

/** What can be wrong with a certificate that was made to be refused. */
export type CertificateFault = 'expired' | 'not-yet-valid' | 'wrong-purpose' | 'no-identity'

/** What a test certificate is to be. */
export interface TestCertificateOptions {
  /** Signs it. @defaultValue itself */
  readonly issuer?: TestCertificate
  /** Common name. @defaultValue `test` */
  readonly name?: string
  readonly uris?: readonly string[]
  readonly dnsNames?: readonly string[]
  /** @defaultValue false; an authority without an issuer is a root */
  readonly ca?: boolean
  /** @defaultValue `['client']` for a leaf, none for an authority */
  readonly purposes?: readonly ('client' | 'server' | 'any')[]
  /** Seconds since the epoch. @defaultValue an hour ago */
  readonly notBefore?: number
  /** Seconds since the epoch. @defaultValue in a day */
  readonly notAfter?: number
  /** How many authorities may stand below this one. @defaultValue any number */
  readonly pathLength?: number
  /** An authority must not vouch for these hosts of URIs, nor for names below them. */
  readonly excludedHosts?: readonly string[]
  /** Seconds since the epoch, for the dates. @defaultValue the system clock */
  readonly now?: number
  /** @defaultValue nothing: a good certificate */
  readonly broken?: CertificateFault
  /** Anything else that its extensions should say, as they are. */
  readonly extensions?: Pick<ExtensionPlan, 'keyUsage' | 'more'>
}

/** A certificate with its P-256 key. */
export interface TestCertificate {
  readonly der: Uint8Array
  readonly pem: string
  /** PKCS #8 */
  readonly keyPem: string
  /** Hexadecimal. */
  readonly serial: string
  /** The common name. */
  readonly subject: string
  /** SubjectPublicKeyInfo, DER. */
  readonly spki: Uint8Array
  readonly key: MintKey
}

const PURPOSES = {
  client: '1.3.6.1.5.5.7.3.2',
  server: '1.3.6.1.5.5.7.3.1',
  any: '2.5.29.37.0',
} as const

const FAULTS: Readonly<Record<CertificateFault, (now: number) => TestCertificateOptions>> = {
  expired: (now) => ({ notBefore: now - 3600, notAfter: now - 1 }),
  'not-yet-valid': (now) => ({ notBefore: now + 3600, notAfter: now + 86_400 }),
  'wrong-purpose': () => ({ purposes: ['server'] }),
  'no-identity': () => ({ uris: [], dnsNames: [] }),
}

const toHex = (bytes: Uint8Array): string =>
  [...bytes].map((byte) => byte.toString(16).padStart(2, '0')).join('')

const fromHex = (hex: string): Uint8Array =>
  Uint8Array.from({ length: hex.length / 2 }, (_, at) =>
    Number.parseInt(hex.slice(2 * at, 2 * at + 2), 16),
  )

const toPem = (label: string, der: Uint8Array): string => {
  const lines = btoa(String.fromCharCode(...der)).replaceAll(/(.{64})(?=.)/g, '$1\n')
  return `-----BEGIN ${label}-----\n${lines}\n-----END ${label}-----\n`
}

/** Makes a certificate and its key, good for a client unless the options say otherwise. */
export async function mintTestCertificate(
  asked: TestCertificateOptions = {},
): Promise<TestCertificate> {
  const now = asked.now ?? toSeconds(systemClock())
  const options = asked.broken === undefined ? asked : { ...asked, ...FAULTS[asked.broken](now) }
  const { ca = false, uris = [], dnsNames = [], purposes = ca ? [] : ['client'] } = options
  const { issuer, pathLength, excludedHosts = [], extensions } = options
  const serial = crypto.getRandomValues(new Uint8Array(9))
  serial[0] = 1
  const { der, key, subject } = await mintCertificate({
    subject: options.name ?? 'test',
    serial,
    notBefore: options.notBefore ?? now - 3600,
    notAfter: options.notAfter ?? now + 86_400,
    purposes: purposes.map((purpose) => PURPOSES[purpose]),
    names: [
      ...uris.map((uri) => ({ uniformResourceIdentifier: uri })),
      ...dnsNames.map((name) => ({ dNSName: name })),
    ],
    ...(ca ? { authority: pathLength === undefined ? {} : { pathLength } } : {}),
    excluded: excludedHosts.map((host) => ({ uniformResourceIdentifier: host })),
    ...extensions,
    ...(issuer === undefined ? {} : { issuer }),
  })
  const keyPem = toPem('PRIVATE KEY', await toPkcs8(key))
  const pem = toPem('CERTIFICATE', der)
  return { der, pem, keyPem, serial: toHex(serial), subject, spki: key.spki, key }
}

async function toPkcs8({ jwk }: MintKey): Promise<Uint8Array> {
  const algorithm = { name: 'ECDSA', namedCurve: 'P-256' }
  const key = await crypto.subtle.importKey('jwk', { ...jwk }, algorithm, true, ['sign'])
  return new Uint8Array(await crypto.subtle.exportKey('pkcs8', key))
}

/** Makes the revocation list of an authority, for these serial numbers. Times in seconds. */
export const mintTestCrl = (
  issuer: TestCertificate,
  revoked: readonly TestCertificate[],
  [thisUpdate, nextUpdate]: readonly [number, number],
): Promise<Uint8Array> =>
  mintCrl({
    issuer,
    thisUpdate,
    nextUpdate,
    revoked: revoked.map(({ serial }) => fromHex(serial)),
  })
