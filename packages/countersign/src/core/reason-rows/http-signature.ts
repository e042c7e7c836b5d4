import { changed, expired, invalid, malformed, replayed, skewed } from './builders.ts'
import type { Reason } from './row.ts'

/** HTTP message signatures (RFC 9421) with the body bound by Content-Digest (RFC 9530). */
export const HTTP_SIGNATURE_ROWS = {
  'http-signature.too-large': malformed(
    'SR-503',
    'Signature-Input and Signature together are larger than 8 KiB, or hold too many signatures.',
  ),
  'http-signature.malformed': malformed(
    'RFC 9421 §4; RFC 9651',
    'Send Signature-Input and Signature as dictionaries, each label once and in both.',
  ),
  'http-signature.authority-mismatch': invalid(
    'RFC 9421 §7.4.1',
    'The request was made for a host that is none of the authorities of this API.',
  ),
  'http-signature.label-missing': invalid(
    'RFC 9421 §3.2',
    'None of the signatures has the label or the tag that the policy asks for.',
  ),
  'http-signature.parameter-missing': invalid(
    'RFC 9421 §7.2.1; SR-102',
    'Sign with the parameters created and keyid.',
  ),
  'http-signature.coverage-insufficient': invalid(
    'RFC 9421 §7.2.1; SR-102',
    'Cover every component that Accept-Signature asks for.',
  ),
  'http-signature.component-invalid': malformed(
    'RFC 9421 §2.5; SR-105',
    'A covered component is unknown, named twice, absent, ambiguous or not ASCII.',
  ),
  'http-signature.too-old': skewed(
    'RFC 9421 §3.2; SR-109',
    'Signed longer ago than maxAgeSeconds: sign every attempt anew, and check both clocks.',
  ),
  'http-signature.created-in-future': skewed(
    'RFC 9421 §3.2; SR-109',
    'created lies ahead of this clock by more than the tolerance: check both clocks.',
  ),
  'http-signature.expired': expired('RFC 9421 §2.3', 'The signature said itself when it expires.'),
  'http-signature.key-unknown': invalid('RFC 9421 §3.2', 'No key is registered under the keyid.'),
  'http-signature.key-withheld': invalid(
    'policy: secrets stay at the authority',
    'An HMAC secret is not given to verifiers: register a public key, sign with SigV4, or have the authority decide (POST /v1/verify).',
  ),
  'http-signature.algorithm-denied': invalid(
    'RFC 9421 §3.3.7; §7.3.6',
    'The algorithm is not allowed, or not the one that the key is registered for.',
  ),
  'http-signature.signature-invalid': invalid(
    'RFC 9421 §3.2',
    'The signature does not belong to this request and key; compare the signature bases.',
  ),
  'http-signature.revoked': invalid('policy: revocation', 'The signing key was revoked.'),
  'http-signature.not-yet-valid': invalid(
    'policy: not-before',
    'The signing key is not valid yet.',
  ),
  'http-signature.key-expired': expired('policy: expiry', 'Register a new signing key.'),
  'http-signature.network-denied': {
    status: 403,
    wire: 'network-denied',
    rule: 'policy: networks',
    advice: 'The client address is outside the networks of this signing key.',
  },
  'http-signature.binding-unproven': invalid(
    'RFC 8705 §3',
    'The signing key is bound to another key that this request did not prove to hold.',
  ),
  'http-signature.digest-invalid': malformed(
    'RFC 9530 §2',
    'Send one Content-Digest dictionary with sha-256 or sha-512.',
  ),
  'http-signature.body-unbound': changed(
    'RFC 9421 §7.2.8; SR-101',
    'The request has a body: cover content-digest.',
  ),
  'http-signature.body-changed': changed(
    'RFC 9421 §7.2.8; SR-101',
    'The bytes received are not those of the Content-Digest.',
  ),
  'http-signature.replayed': replayed(
    'RFC 9421 §7.2.2; SR-106',
    'This signature (or nonce) was accepted before: sign every attempt anew, with a nonce.',
  ),
} as const satisfies Readonly<Record<string, Reason>>
