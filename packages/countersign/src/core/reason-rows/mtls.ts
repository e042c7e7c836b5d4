import { expired, invalid, malformed } from './builders.ts'
import type { Reason } from './row.ts'

/** Client certificates. What is wrong with one is for the operator; the wire says that it is not accepted. */
export const MTLS_ROWS = {
  'mtls.forwarded-repeated': malformed(
    'SR-303; RFC 9440 §2.2',
    'The proxy must remove what clients send: a certificate field came twice, or with an underscore twin.',
  ),
  'mtls.forwarded-malformed': malformed(
    'SR-303',
    'The certificate fields of the proxy are not of the configured dialect: compare with its page.',
  ),
  'mtls.forwarded-unverified': invalid(
    'SR-303',
    'The proxy itself did not accept the certificate: its log says why.',
  ),
  'mtls.proxy-unproven': invalid(
    'SR-303',
    'Certificate fields came with a certificate or stamp that is not of the proxy: compare both configurations.',
  ),
  'mtls.malformed': invalid(
    'RFC 5280 §4.1',
    'The certificate has no single reading: issue it again with a current tool.',
  ),
  'mtls.untrusted': invalid(
    'SR-301; RFC 5280 §6',
    'No active authority vouches for the certificate: detail names the check. Look at the state of its CA.',
  ),
  'mtls.purpose-mismatch': invalid(
    'SR-301; RFC 5280 §4.2.1.12',
    'Issue the certificate for digitalSignature and clientAuth; anyExtendedKeyUsage does not do.',
  ),
  'mtls.not-yet-valid': invalid('SR-301', 'The certificate is for later, or a clock is wrong.'),
  'mtls.expired': expired('SR-301', 'Renew the certificate: at two thirds of its life.'),
  'mtls.revoked': invalid('SR-302', 'The certificate was revoked: issue another, for another key.'),
  'mtls.denied': invalid(
    'SR-302',
    'A certificate of the path, or its identity, is on the deny list.',
  ),
  'mtls.identity-invalid': invalid(
    'SR-301; X509-SVID §2',
    'The certificate needs one SPIFFE id, or a DNS name, as alternative name; the common name is not read.',
  ),
  'mtls.identity-unmapped': invalid(
    'SR-301',
    'No rule maps the identity to a principal: add one, if it is one of yours.',
  ),
  'mtls.identity-ambiguous': invalid(
    'SR-301',
    'Several names of the certificate have rules: issue one certificate for each caller.',
  ),
  'mtls.network-denied': {
    status: 403,
    wire: 'network-denied',
    rule: 'policy: networks of the identity',
    advice: 'The identity is used from an address outside of its networks.',
  },
} as const satisfies Readonly<Record<string, Reason>>
