import type { PeerCertificate } from 'node:tls'
import { assertConfig } from '../../core/errors.ts'
import { parseCertificate } from '../../x509/certificate.ts'
import { readIdentity } from '../../x509/identity.ts'

/**
 * Makes the check that a server is one certain SPIFFE workload, for `node:tls`. It takes the place of
 * the check of the host name, so it never answers "fine" for anything else: another identity, two
 * of them, or none.
 *
 * @throws ConfigError for an id that is not written as one.
 * @see [X509-SVID §2](https://github.com/spiffe/spiffe/blob/main/standards/X509-SVID.md)
 */
export function serverIdentityCheck(
  expected: string,
): (host: string, peer: PeerCertificate) => Error | undefined {
  assertConfig(
    /^spiffe:\/\/[a-z0-9._-]+\/./.test(expected),
    'CS_CONFIG_MTLS_SERVER_IDENTITY',
    'mtls: serverIdentity is a SPIFFE id: spiffe://prod.example/billing',
  )
  return (_host, { raw }) =>
    isWorkload(new Uint8Array(raw), expected)
      ? undefined
      : new Error(`the server is not ${expected}`)
}

function isWorkload(der: Uint8Array, expected: string): boolean {
  const certificate = parseCertificate(der)
  if (!certificate.ok) return false
  const identity = readIdentity(certificate.value)
  return identity.ok && identity.value.kind === 'spiffe' && identity.value.id === expected
}
