import { CertificationRequest } from '@peculiar/asn1-csr'
import { AsnConvert } from '@peculiar/asn1-schema'
import { err, ok, type Result } from 'countersign'
import { verify, type KeyObject } from 'node:crypto'
import { element, toDer } from './der.ts'
import { readSubjectKey, spkiOf, type KeyKind, type SubjectKey } from './key-floor.ts'
import { CERTIFICATE_LIMITS } from './limits.ts'
import { readWish, type NameWish } from './wish.ts'

/** Why a request for a certificate was not taken. */
export type CsrError = 'too-large' | 'malformed' | 'weak-key' | 'algorithm' | 'bad-signature'

/** A request whose sender has proved to hold the private key. Only this module makes one. */
export interface ProvenRequest {
  readonly key: SubjectKey
  /** What its sender would like to be called. Nothing follows from it: policy decides. */
  readonly wish: NameWish
}

interface Scheme {
  readonly kind: KeyKind
  /** `null` where the algorithm hashes by itself. */
  readonly hash: string | null
}

/** Signature algorithms by object identifier. SHA-1 and MD5 are not here, so they do not exist. */
const SCHEMES: ReadonlyMap<string, Scheme> = new Map([
  ['1.2.840.10045.4.3.2', { kind: 'ec', hash: 'sha256' }],
  ['1.2.840.10045.4.3.3', { kind: 'ec', hash: 'sha384' }],
  ['1.2.840.10045.4.3.4', { kind: 'ec', hash: 'sha512' }],
  ['1.2.840.113549.1.1.11', { kind: 'rsa', hash: 'sha256' }],
  ['1.2.840.113549.1.1.12', { kind: 'rsa', hash: 'sha384' }],
  ['1.2.840.113549.1.1.13', { kind: 'rsa', hash: 'sha512' }],
  ['1.3.101.112', { kind: 'ed25519', hash: null }],
])

const SEQUENCE = 0x30
const BIT_STRING = 0x03

const PEM =
  /^\s*-----BEGIN (?:NEW )?CERTIFICATE REQUEST-----([A-Za-z0-9+/=\s]+)-----END (?:NEW )?CERTIFICATE REQUEST-----\s*$/

const proven = new WeakSet<ProvenRequest>()

/**
 * Reads a PKCS#10 request, PEM or DER, and verifies its proof of possession. In order: size, form,
 * key floor, algorithm, signature over the bytes as received, wished names. Attributes other than
 * wished names are not read: a request cannot ask to be a CA, for a subject, or for a usage.
 *
 * @param input - From anybody. Never throws.
 * @see [RFC 2986](https://www.rfc-editor.org/rfc/rfc2986)
 */
export function readCsr(input: string | Uint8Array): Result<ProvenRequest, CsrError> {
  if (input.length > CERTIFICATE_LIMITS.maxCsrBytes) return err('too-large')
  const der = typeof input === 'string' ? fromPem(input) : input
  if (der === undefined) return err('malformed')
  try {
    const csr = AsnConvert.parse(der, CertificationRequest)
    return isExactly(csr, der) ? readRequest(csr) : err('malformed')
  } catch {
    // The decoder throws for what is no PKCS#10; its words are about the sender's bytes.
    return err('malformed')
  }
}

/**
 * A request for a key that this process has just made: there is nobody whose possession is in doubt.
 *
 * @throws `TypeError` for a key below the floor: a defect of the caller.
 */
export function ownRequest(publicKey: KeyObject): ProvenRequest {
  const key = readSubjectKey(spkiOf(publicKey))
  if (!key.ok) throw new TypeError(`csr: ${key.error}`)
  return vouch({ key: key.value, wish: { uris: [], dns: [], others: 0 } })
}

/** Reports whether a value was made here: nobody else can vouch for its key. */
export const isProven = (request: ProvenRequest): boolean => proven.has(request)

function readRequest(csr: CertificationRequest): Result<ProvenRequest, CsrError> {
  const { certificationRequestInfo: info, certificationRequestInfoRaw: signed } = csr
  const key = readSubjectKey(toDer(info.subjectPKInfo))
  if (!key.ok) return key
  const scheme = SCHEMES.get(csr.signatureAlgorithm.algorithm)
  if (scheme?.kind !== key.value.kind) return err('algorithm')
  if (signed === undefined) return err('malformed')
  const signature = new Uint8Array(csr.signature)
  if (!verify(scheme.hash, new Uint8Array(signed), key.value.key, signature)) {
    return err('bad-signature')
  }
  const wish = readWish(info.attributes)
  if (!wish.ok) return wish
  return ok(vouch({ key: key.value, wish: wish.value }))
}

function vouch(request: ProvenRequest): ProvenRequest {
  const vouched = Object.freeze(request)
  proven.add(vouched)
  return vouched
}

/**
 * Reports whether a request is all there is, in its one form. The signature covers the middle of the
 * bytes; this covers the shell around it and what may follow.
 */
function isExactly(csr: CertificationRequest, der: Uint8Array): boolean {
  const { certificationRequestInfoRaw: signed, signatureAlgorithm, signature } = csr
  if (signed === undefined) return false
  const bits = element(BIT_STRING, Uint8Array.of(0), new Uint8Array(signature))
  return element(SEQUENCE, new Uint8Array(signed), toDer(signatureAlgorithm), bits).equals(der)
}

function fromPem(text: string): Uint8Array | undefined {
  const body = PEM.exec(text)?.[1]?.replaceAll(/\s/g, '')
  if (body === undefined) return undefined
  const bytes = Buffer.from(body, 'base64')
  // Node skips what is not base64; the text must be the one way to write these bytes.
  return bytes.toString('base64') === body ? bytes : undefined
}
