import { createPublicKey, X509Certificate } from 'node:crypto'
import type { PeerCertificate } from 'countersign'
import { jwkThumbprint } from 'countersign/dpop'
import { vouchedCertificate, type SubjectName } from 'countersign/mtls'
import type { RegisteredClient } from '../authorization/request.ts'
import type { PublicJwk } from '../credentials/client-key-rules.ts'
import type { Exchange } from '../http/exchange.ts'
import type { TlsClientName } from '../model/client-settings.ts'
import type { Services } from '../services.ts'
import { keysOfClient } from './client-keys.ts'
import { parseIp, subjectDn } from './certificate-names.ts'

/** Whose certificate is to be verified. */
export interface CertificateCall {
  readonly services: Services
  readonly exchange: Exchange
  readonly client: RegisteredClient
  /** Seconds since the epoch. */
  readonly now: number
}

/**
 * Reports whether the certificate of a connection proves a client by its name. Checks, in order: one
 * that is presented (by the connection, or by a proxy that proves itself); that an authority of the
 * configured ones vouches for it now; not revoked; the one name that is registered, exactly.
 *
 * @throws `UnavailableError` without a current revocation list where lists are asked.
 * @see [RFC 8705 §2.1](https://www.rfc-editor.org/rfc/rfc8705#section-2.1)
 */
export async function provesByCertificateName(call: CertificateCall): Promise<boolean> {
  const { services, client, now } = call
  const { tlsClientName: wanted } = client.settings
  const peer = wanted === null ? undefined : await presentedCertificate(call)
  if (peer === undefined || wanted === null) return false
  for (const trust of services.clientTrust) {
    // oxlint-disable-next-line no-await-in-loop -- the first that vouches decides
    const vouched = await vouchedCertificate(trust, peer, now)
    if (!vouched.ok) continue
    const { thumbprint: credentialId, names } = vouched.value
    const { tenant } = client.principal
    const revoked = services.revocations.find({ tenant, credentialId }) !== undefined
    return !revoked && hasName(wanted, peer, names)
  }
  return false
}

/**
 * Reports whether the certificate of a connection is one that is registered in the keys of a client:
 * the very certificate, where a key has `x5c`, else any certificate of that key. Nobody vouches for
 * it, and its dates are not asked: the registration is what is believed, and TLS has proven the key.
 *
 * @throws `UnavailableError` while published keys cannot be fetched.
 * @see [RFC 8705 §2.2](https://www.rfc-editor.org/rfc/rfc8705#section-2.2)
 */
export async function provesByRegisteredCertificate(call: CertificateCall): Promise<boolean> {
  const keys = keysOfClient(call.services, call.client.settings)
  const peer = keys === undefined ? undefined : await presentedCertificate(call)
  if (keys === undefined || peer === undefined) return false
  const key = await keyOf(peer)
  if (key === undefined) return false
  const matches = (await keys.jwks()).map((jwk) => isCertificateOf(jwk, peer, key))
  return (await Promise.all(matches)).includes(true)
}

async function presentedCertificate({
  services,
  exchange,
  now,
}: CertificateCall): Promise<PeerCertificate | undefined> {
  const read = await services.clientCertificate.read({ view: exchange, now, trace: undefined })
  return read.ok ? read.value : undefined
}

/** RFC 7638 thumbprint of the key in a certificate. */
async function keyOf({ der }: PeerCertificate): Promise<string | undefined> {
  try {
    const { publicKey } = new X509Certificate(der)
    return await jwkThumbprint(
      createPublicKey(publicKey.export({ format: 'pem', type: 'spki' })).export({ format: 'jwk' }),
    )
  } catch {
    return undefined
  }
}

async function isCertificateOf(
  jwk: PublicJwk,
  { der }: PeerCertificate,
  key: string,
): Promise<boolean> {
  const { x5c } = jwk
  if (x5c !== undefined) {
    const [first] = Array.isArray(x5c) ? x5c : []
    return typeof first === 'string' && Buffer.from(der).equals(Buffer.from(first, 'base64'))
  }
  try {
    return (await jwkThumbprint(jwk)) === key
  } catch {
    // A key of a kind that has no thumbprint is no key of a certificate either.
    return false
  }
}

const SAN_KINDS = { san_dns: 'dns', san_uri: 'uri', san_email: 'email', san_ip: 'ip' } as const

function hasName(
  { kind, value }: TlsClientName,
  { der }: PeerCertificate,
  names: readonly SubjectName[],
): boolean {
  if (kind === 'subject_dn') return subjectDn(der) === value
  const san = SAN_KINDS[kind]
  return names.some((name) => {
    if (name.kind !== san) return false
    if (name.kind === 'ip') return parseIp(value)?.equals(name.value) === true
    return typeof name.value === 'string' && name.value === value
  })
}
