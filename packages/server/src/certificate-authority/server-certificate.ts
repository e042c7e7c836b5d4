import { ConfigError } from 'countersign'
import { generateKeyPair } from 'node:crypto'
import { promisify } from 'node:util'
import { ownRequest } from '../certificates/csr.ts'
import { issueCertificate } from '../certificates/issue.ts'
import { CERTIFICATE_LIMITS } from '../certificates/limits.ts'
import type { ServerCertificate } from '../certificates/service.ts'
import type { Store } from '../model/store.ts'
import { FAMILY_TENANT, type SigningAuthority } from './family.ts'

/** For which names, and where it is written down. */
export interface ServerCertificateRequest {
  readonly dnsNames: readonly string[]
  /** Seconds since the epoch. */
  readonly now: number
  readonly store: Store
}

const makeKeyPair = promisify(generateKeyPair)

/**
 * Makes a key and a certificate for a listener of this process. It is no credential: it has no SPIFFE
 * id and no record, so that nobody who stole it is a principal.
 *
 * @throws `ConfigError` for names outside the domains of the CA.
 */
export async function makeServerCertificate(
  { id, ca }: SigningAuthority,
  { dnsNames, now, store }: ServerCertificateRequest,
): Promise<ServerCertificate> {
  const { publicKey, privateKey } = await makeKeyPair('ec', { namedCurve: 'P-256' })
  const identity = { dns: [...new Set(dnsNames)] }
  const ttlSeconds = CERTIFICATE_LIMITS.maxTtlSeconds
  const made = await issueCertificate({ ca, csr: ownRequest(publicKey), identity, ttlSeconds, now })
  if (!made.ok) {
    throw new ConfigError(
      'CS_CONFIG_CERTIFICATES_SERVER',
      `certificates: no certificate for ${dnsNames.join(', ')} (${made.error}): name their domains in certificates.dnsDomains, then rotate the CA`,
    )
  }
  const { pem, notBefore, notAfter, serial, thumbprint } = made.value
  await store.transaction(async ({ events }) => {
    await events.append({
      tenant: FAMILY_TENANT,
      type: 'certificate.issued-for-server',
      actor: 'system',
      subject: thumbprint,
      data: { serial, authority: id, dns: identity.dns, notAfter },
      at: now,
    })
  })
  const key = privateKey.export({ format: 'pem', type: 'pkcs8' }).toString()
  return { chain: pem, privateKey: key, notBefore, notAfter }
}
