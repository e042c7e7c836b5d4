/** Why no certificate was issued, each in a sentence of its own. */
import type { CsrError } from '../certificates/csr.ts'
import type { IssueRefusal } from '../certificates/issue.ts'
import { CERTIFICATE_LIMITS } from '../certificates/limits.ts'
import type { PolicyRefusal } from '../certificates/policy.ts'
import { conflict, forbidden, invalid, type Refused } from '../credentials/refusal.ts'

const { maxCsrBytes, minTtlSeconds, minRsaBits, maxRsaBits, maxNames } = CERTIFICATE_LIMITS

/** What is wrong with a request. */
export const CSR_REFUSALS: Readonly<Record<CsrError, Refused>> = {
  'too-large': invalid('/csr', `Write a request of at most ${maxCsrBytes} bytes.`),
  malformed: invalid('/csr', 'Write one PKCS#10 request: PEM, or DER in base64.'),
  'weak-key': invalid(
    '/csr',
    `The key is below the floor: use P-256, P-384, Ed25519, or RSA of ${minRsaBits} to ${maxRsaBits} bits with the exponent 65537.`,
  ),
  algorithm: invalid(
    '/csr',
    'Sign the request with the algorithm of its key over SHA-256, SHA-384 or SHA-512.',
  ),
  'bad-signature': invalid(
    '/csr',
    'The request is not signed by the key that it is for: nothing proves that you hold the key.',
  ),
}

/** Why a principal got no name. */
export const POLICY_REFUSALS: Readonly<Record<PolicyRefusal, Refused>> = {
  delegated: forbidden('Whoever acts for somebody else gets no certificate in their name.'),
  principal: conflict('The ids of the principal cannot be written in a SPIFFE id.'),
  wildcard: invalid('/csr', 'A name with * is not certified: ask for each host name in full.'),
  'not-allowed': invalid(
    '/csr',
    'The request asks for a name that is not yours: leave names out, or ask for your own SPIFFE id and the host names that are listed for you.',
  ),
}

/** Why the CA signed nothing. */
export const ISSUE_REFUSALS: Readonly<Record<IssueRefusal, Refused>> = {
  ttl: invalid('/ttlSeconds', `Write at least ${minTtlSeconds} seconds.`),
  names: invalid('/csr', `Ask for at most ${maxNames} names.`),
  'outside-ca': conflict(
    'The CA must not vouch for these names: their domains were not among certificates.dnsDomains when it was made. Rotate the CA.',
  ),
  'ca-not-valid': conflict('The CA is too close to its end; ask again in a moment.'),
}
