/** Certificates as credentials: found and revoked like every other. Issuing is `certificate-authority/`. */
import { serviceCredentials, type Family } from './service-credentials.ts'

const CERTIFICATE: Family = {
  event: 'certificate',
  noun: 'certificate',
  short: 'certificate',
  kinds: ['certificate'],
}
const operations = serviceCredentials(CERTIFICATE)

/** The certificate, revoked or not; never of another tenant. */
export const findCertificate = operations.find

/** Revokes a certificate at once; the next list of its CA names it. Idempotent. */
export const revokeCertificate = operations.revoke
