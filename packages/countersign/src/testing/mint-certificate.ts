/** Certificates for tests: valid in every detail but those that are asked to be wrong. */

import { systemClock, toSeconds } from '../core/clock.ts'

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
}

/** A certificate with its Ed25519 key. */
export interface TestCertificate {
  readonly der: Uint8Array<ArrayBuffer>
  readonly pem: string
  /** PKCS #8 */
  readonly keyPem: string
  /** Hexadecimal. */
  readonly serial: string
  readonly privateKey: CryptoKey
  /** DER of its name. */
  readonly subject: Uint8Array
  readonly keyId: Uint8Array
  /** SubjectPublicKeyInfo, DER. */
  readonly spki: Uint8Array
}

type Part = Uint8Array | readonly number[]

function tlv(tag: number, ...parts: readonly Part[]): Uint8Array<ArrayBuffer> {
  const body = parts.flatMap((part) => [...part])
  const { length } = body
  if (length < 0x80) return Uint8Array.of(tag, length, ...body)
  if (length < 0x100) return Uint8Array.of(tag, 0x81, length, ...body)
  return Uint8Array.of(tag, 0x82, length >> 8, length & 0xff, ...body)
}

const sequence = (...parts: readonly Part[]) => tlv(0x30, ...parts)
const octets = (...parts: readonly Part[]) => tlv(0x04, ...parts)
const bits = (bytes: Part, unused = 0) => tlv(0x03, [unused], bytes)
const ascii = (text: string) => new TextEncoder().encode(text)
const TRUE: Part = [0x01, 0x01, 0xff]
const ED25519 = sequence([0x06, 0x03, 0x2b, 0x65, 0x70])
const PURPOSES: Readonly<Record<'client' | 'server' | 'any', Part>> = {
  client: [0x06, 0x08, 0x2b, 6, 1, 5, 5, 7, 3, 2],
  server: [0x06, 0x08, 0x2b, 6, 1, 5, 5, 7, 3, 1],
  any: [0x06, 0x04, 0x55, 0x1d, 37, 0],
}

/** `id-ce` and a number. */
const extension = (number: number, critical: boolean, value: Uint8Array) =>
  sequence([0x06, 0x03, 0x55, 0x1d, number], critical ? TRUE : [], octets(value))

/** UTCTime: until 2049. */
const time = (seconds: number) =>
  tlv(
    0x17,
    ascii(`${new Date(seconds * 1000).toISOString().replaceAll(/[-:T]/g, '').slice(2, 14)}Z`),
  )

const commonName = (name: string) =>
  sequence(tlv(0x31, sequence([0x06, 0x03, 0x55, 0x04, 0x03], tlv(0x0c, ascii(name)))))

const toHex = (bytes: Uint8Array): string =>
  [...bytes].map((byte) => byte.toString(16).padStart(2, '0')).join('')

const fromHex = (hex: string): Part =>
  Array.from({ length: hex.length / 2 }, (_, at) =>
    Number.parseInt(hex.slice(2 * at, 2 * at + 2), 16),
  )

const toPem = (label: string, der: Uint8Array): string => {
  const lines = btoa(String.fromCharCode(...der)).replaceAll(/(.{64})(?=.)/g, '$1\n')
  return `-----BEGIN ${label}-----\n${lines}\n-----END ${label}-----\n`
}

/** Makes a certificate and its key, good for a client unless the options say otherwise. */
export async function mintTestCertificate(
  options: TestCertificateOptions = {},
): Promise<TestCertificate> {
  const keys = await crypto.subtle.generateKey('Ed25519', true, ['sign', 'verify'])
  const { publicKey, privateKey } = keys
  const spki = new Uint8Array(await crypto.subtle.exportKey('spki', publicKey))
  const keyId = new Uint8Array(await crypto.subtle.digest('SHA-256', spki)).slice(0, 20)
  const subject = commonName(options.name ?? 'test')
  const self = { subject, keyId, privateKey }
  const issuer = options.issuer ?? self
  const serial = crypto.getRandomValues(new Uint8Array(9))
  serial[0] = 1
  const now = toSeconds(systemClock())
  const tbs = sequence(
    tlv(0xa0, [0x02, 0x01, 0x02]),
    tlv(0x02, serial),
    ED25519,
    issuer.subject,
    sequence(time(options.notBefore ?? now - 3600), time(options.notAfter ?? now + 86_400)),
    subject,
    spki,
    tlv(0xa3, sequence(...extensionsOf(options, keyId, issuer.keyId))),
  )
  const der = await signed(tbs, issuer.privateKey)
  const pkcs8 = new Uint8Array(await crypto.subtle.exportKey('pkcs8', privateKey))
  return {
    ...self,
    der,
    spki,
    pem: toPem('CERTIFICATE', der),
    keyPem: toPem('PRIVATE KEY', pkcs8),
    serial: toHex(serial),
  }
}

async function signed(tbs: Uint8Array<ArrayBuffer>, key: CryptoKey) {
  return sequence(tbs, ED25519, bits(new Uint8Array(await crypto.subtle.sign('Ed25519', key, tbs))))
}

function extensionsOf(
  options: TestCertificateOptions,
  keyId: Uint8Array,
  issuerKeyId: Uint8Array,
): readonly Uint8Array[] {
  const { ca = false, uris = [], dnsNames = [], purposes = ca ? [] : ['client'] } = options
  const names = [
    ...uris.map((uri) => tlv(0x86, ascii(uri))),
    ...dnsNames.map((name) => tlv(0x82, ascii(name))),
  ]
  // keyCertSign and cRLSign, or digitalSignature.
  const usage = ca ? bits([0x06], 1) : bits([0x80], 7)
  return [
    extension(19, true, sequence(ca ? TRUE : [])),
    extension(15, true, usage),
    extension(14, false, octets(keyId)),
    extension(35, false, sequence(tlv(0x80, issuerKeyId))),
    ...(purposes.length === 0
      ? []
      : [extension(37, false, sequence(...purposes.map((purpose) => PURPOSES[purpose])))]),
    ...(names.length === 0 ? [] : [extension(17, false, sequence(...names))]),
  ]
}

/** Makes the revocation list of an authority, for these serial numbers. Times in seconds. */
export async function mintTestCrl(
  issuer: TestCertificate,
  revoked: readonly TestCertificate[],
  [thisUpdate, nextUpdate]: readonly [number, number],
): Promise<Uint8Array> {
  const entries = revoked.map(({ serial }) =>
    sequence(tlv(0x02, fromHex(serial)), time(thisUpdate)),
  )
  const tbs = sequence(
    [0x02, 0x01, 0x01],
    ED25519,
    issuer.subject,
    time(thisUpdate),
    time(nextUpdate),
    entries.length === 0 ? [] : sequence(...entries),
    tlv(
      0xa0,
      sequence(
        extension(35, false, sequence(tlv(0x80, issuer.keyId))),
        extension(20, false, Uint8Array.of(0x02, 0x01, 0x01)),
      ),
    ),
  )
  return await signed(tbs, issuer.privateKey)
}
