import type { Attack } from '../../core/attack.ts'
import type { ReasonCode } from '../../core/reasons.ts'
import type { ForwardedDialect } from './forwarded/proxy.ts'

/** What is tried, the fields beside the proof, and the reason to refuse them. */
type Row = readonly [name: string, headers: Attack['headers'], reason: ReasonCode]

/** How a dialect carries certificates, and what is tried with it alone. */
export interface AttackDialect {
  /** What an honest proxy sends for a certificate. */
  readonly carry: (der: Uint8Array) => Attack['headers']
  /** What passes a proxy that leaves the fields of clients alone. */
  readonly forged: (good: Uint8Array, other: Uint8Array) => readonly Row[]
}

const base64 = (der: Uint8Array): string => btoa(String.fromCharCode(...der))
const byteSequence = (der: Uint8Array): string => `:${base64(der)}:`
const escapedPem = (der: Uint8Array): string =>
  encodeURIComponent(`-----BEGIN CERTIFICATE-----\n${base64(der)}\n-----END CERTIFICATE-----\n`)
const element = (der: Uint8Array): string => `Hash=00;Cert="${escapedPem(der)}"`

const CERT = 'client-cert'
const XFCC = 'x-forwarded-client-cert'
const MALFORMED = 'mtls.forwarded-malformed'
const REPEATED = 'mtls.forwarded-repeated'
const MISSING = 'request.credential-missing'

const rfc9440: AttackDialect = {
  carry: (der) => [[CERT, byteSequence(der)]],
  forged: (good) => {
    const value = byteSequence(good)
    return [
      ['bare Base64', [[CERT, value.slice(1, -1)]], MALFORMED],
      ['list of certificates', [[CERT, `${value}, ${value}`]], MALFORMED],
      ['parameter', [[CERT, `${value};verified`]], MALFORMED],
      ['chain without a certificate', [['client-cert-chain', value]], MALFORMED],
      [
        'placeholder that Caddy did not replace',
        [[CERT, ':{http.request.tls.client.certificate_der_base64}:']],
        MISSING,
      ],
    ]
  },
}

/** With APPEND_FORWARD only the last element is the proxy's. */
const envoy: AttackDialect = {
  carry: (der) => [[XFCC, element(der)]],
  forged: (good, other) => [
    ['victim in front', [[XFCC, `${element(good)},${element(other)}`]], 'mtls.identity-unmapped'],
    ['identity without a certificate', [[XFCC, 'Hash=00;URI=spiffe://a/admin']], MALFORMED],
    ['quote that swallows the last element', [[XFCC, `By="x,${element(good)}`]], MALFORMED],
    [
      'two certificates in one element',
      [[XFCC, `${element(other)};Cert="${escapedPem(good)}"`]],
      MALFORMED,
    ],
    ['nothing behind the last comma', [[XFCC, `${element(good)},`]], MALFORMED],
  ],
}

const ofNginx = (certificate: string, verified: string): Attack['headers'] => [
  ['ssl-client-cert', certificate],
  ['ssl-client-verify', verified],
]

const nginx: AttackDialect = {
  carry: (der) => ofNginx(escapedPem(der), 'SUCCESS'),
  forged: (good, other) => {
    const cert = escapedPem(good)
    return [
      ['failed verification', ofNginx(cert, 'FAILED:self-signed'), 'mtls.forwarded-unverified'],
      ['certificate beside NONE', ofNginx(cert, 'NONE'), MALFORMED],
      ['certificate without a verdict', ofNginx(cert, '').slice(0, 1), MALFORMED],
      ['verdict without a certificate', ofNginx('', 'SUCCESS').slice(1), MALFORMED],
      ['two certificates', ofNginx(cert + escapedPem(other), 'SUCCESS'), MALFORMED],
      [
        'verdict of the client before that of nginx',
        [...ofNginx(cert, 'SUCCESS'), ['ssl-client-verify', 'FAILED:expired']],
        REPEATED,
      ],
    ]
  },
}

const ofHaproxy = (der: string, verified: string, used: string): Attack['headers'] => [
  ['x-ssl-client-der', der],
  ['x-ssl-client-verify', verified],
  ['x-ssl-client-used', used],
]

const haproxy: AttackDialect = {
  carry: (der) => ofHaproxy(base64(der), '0', '1'),
  forged: (good) => {
    const der = base64(good)
    return [
      ['verified without a certificate', ofHaproxy('', '0', '0').slice(1), MISSING],
      ['failed verification', ofHaproxy(der, '10', '1'), 'mtls.forwarded-unverified'],
      ['certificate that was not used', ofHaproxy(der, '0', '0'), MALFORMED],
      ['certificate without flags', ofHaproxy(der, '', '').slice(0, 1), MALFORMED],
      ['verdict twice', [...ofHaproxy(der, '0', '1'), ['x-ssl-client-verify', '10']], REPEATED],
    ]
  },
}

/** Every dialect under attack. */
export const ATTACK_DIALECTS: Readonly<Record<ForwardedDialect, AttackDialect>> = {
  rfc9440,
  envoy,
  nginx,
  haproxy,
}
