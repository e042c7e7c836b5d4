import { strict as assert } from 'node:assert'
import { describe, it } from 'node:test'
import { ConfigError } from '../../../core/errors.ts'
import type { Attempt } from '../../../core/method.ts'
import { Secret } from '../../../core/secret.ts'
import { requestView } from '../../../testing/request.ts'
import { certificateReader, type ForwardedDialect } from './proxy.ts'

const SECRET = 'a'.repeat(40)
const LEAF = Buffer.from('the leaf, as DER; nobody parses it here')
const ISSUER = Buffer.from('the issuer, as DER')
const pem = (der: Buffer): string =>
  `-----BEGIN CERTIFICATE-----\n${der.toString('base64')}\n-----END CERTIFICATE-----\n`
const escaped = (...ders: Buffer[]): string => encodeURIComponent(ders.map(pem).join(''))
const sequence = (der: Buffer): string => `:${der.toString('base64')}:`

type Headers = readonly (readonly [string, string])[]

function read(dialect: ForwardedDialect, headers: Headers, proof: Headers = [['x-proof', SECRET]]) {
  const { read: reader } = certificateReader({
    dialect,
    proof: { field: 'x-proof', secrets: [new Secret('b'.repeat(40)), new Secret(SECRET)] },
  })
  const view = requestView({
    headers: [...proof, ...headers],
    peerCertificate: { der: new Uint8Array([1]), chain: [] },
  })
  const attempt: Attempt = {
    view,
    authorization: undefined,
    scheme: 'https',
    clientAddress: '127.0.0.1',
    now: 0,
    trace: undefined,
  }
  const found = reader(attempt)
  assert(!(found instanceof Promise), 'a secret is compared at once')
  if (!found.ok) return found.error.replace('mtls.forwarded-', '')
  if (found.value === undefined) return 'none'
  return [found.value.der, ...found.value.chain].map((der) => Buffer.from(der).toString())
}

const leafOnly = [LEAF.toString()]
const both = [LEAF.toString(), ISSUER.toString()]
const cert = (value: string): Headers => [['client-cert', value]]
const xfcc = (value: string): Headers => [['x-forwarded-client-cert', value]]
const nginx = (certificate: string, verify: string): Headers => [
  ['ssl-client-cert', certificate],
  ['ssl-client-verify', verify],
]
const haproxy = (der: string, verify: string, used: string): Headers => [
  ['x-ssl-client-der', der],
  ['x-ssl-client-verify', verify],
  ['x-ssl-client-used', used],
]
const base64 = LEAF.toString('base64')
const good = `Hash=00;Cert="${escaped(LEAF)}"`
const other = `Hash=00;Cert="${escaped(ISSUER)}"`

type Row = readonly [string, ForwardedDialect, Headers, string | readonly string[]]

const ROWS: readonly Row[] = [
  ['one byte sequence', 'rfc9440', cert(sequence(LEAF)), leafOnly],
  ['a chain', 'rfc9440', [...cert(sequence(LEAF)), ['client-cert-chain', sequence(ISSUER)]], both],
  ['no field', 'rfc9440', [], 'none'],
  [
    'the placeholder of Caddy',
    'rfc9440',
    cert(':{http.request.tls.client.certificate_der_base64}:'),
    'none',
  ],
  ['a chain without a leaf', 'rfc9440', [['client-cert-chain', sequence(ISSUER)]], 'malformed'],
  ['an empty field', 'rfc9440', cert(''), 'malformed'],
  ['an empty sequence', 'rfc9440', cert('::'), 'malformed'],
  ['a list in Client-Cert', 'rfc9440', cert(`${sequence(LEAF)}, ${sequence(ISSUER)}`), 'malformed'],
  ['a parameter', 'rfc9440', cert(`${sequence(LEAF)};a=1`), 'malformed'],
  ['bare Base64', 'rfc9440', cert(base64), 'malformed'],
  [
    'Base64 without padding',
    'rfc9440',
    cert(`:${Buffer.from('ab').toString('base64url')}:`),
    'malformed',
  ],
  ['stray bits', 'rfc9440', cert(':YWJ=:'), 'malformed'],
  [
    '11 certificates beside',
    'rfc9440',
    [...cert(sequence(LEAF)), ['client-cert-chain', Array(11).fill(sequence(ISSUER)).join(',')]],
    'malformed',
  ],
  ['a field twice', 'rfc9440', [...cert(sequence(LEAF)), ...cert(sequence(ISSUER))], 'repeated'],
  [
    'an underscore twin beside',
    'rfc9440',
    [...cert(sequence(LEAF)), ['client_cert', sequence(ISSUER)]],
    'repeated',
  ],
  ['an underscore twin alone', 'rfc9440', [['client_cert', sequence(ISSUER)]], 'repeated'],

  ['one element', 'envoy', xfcc(good), leafOnly],
  ['leaf first in the chain', 'envoy', xfcc(`${good};Chain="${escaped(LEAF, ISSUER)}"`), both],
  ['the last element counts', 'envoy', xfcc(`${other},${good}`), leafOnly],
  [
    'a comma and a semicolon inside quotes',
    'envoy',
    xfcc(`Subject="CN=a,O=\\"x;Cert=y\\"";${good}`),
    leafOnly,
  ],
  ['the last element without a certificate', 'envoy', xfcc(`${good},By=spiffe://a/b`), 'malformed'],
  ['an identity without a certificate', 'envoy', xfcc('Hash=00;URI=spiffe://a/admin'), 'malformed'],
  ['an open quote that swallows the last element', 'envoy', xfcc(`By="x,${good}`), 'malformed'],
  [
    'two certificates in one element',
    'envoy',
    xfcc(`${good};Cert="${escaped(ISSUER)}"`),
    'malformed',
  ],
  ['two PEM blocks in Cert', 'envoy', xfcc(`Cert="${escaped(LEAF, ISSUER)}"`), 'malformed'],
  ['a comma at the end', 'envoy', xfcc(`${good},`), 'malformed'],
  ['no field', 'envoy', [], 'none'],

  ['success', 'nginx', nginx(escaped(LEAF), 'SUCCESS'), leafOnly],
  [
    'a slash that was not escaped',
    'nginx',
    nginx(escaped(LEAF).replaceAll('%2F', '/'), 'SUCCESS'),
    leafOnly,
  ],
  ['NONE', 'nginx', [['ssl-client-verify', 'NONE']], 'none'],
  ['a failed verification', 'nginx', nginx(escaped(LEAF), 'FAILED:unable to verify'), 'unverified'],
  ['a certificate without a verdict', 'nginx', [['ssl-client-cert', escaped(LEAF)]], 'malformed'],
  ['a certificate and NONE', 'nginx', nginx(escaped(LEAF), 'NONE'), 'malformed'],
  ['success in lower case', 'nginx', nginx(escaped(LEAF), 'success'), 'malformed'],
  ['success without a certificate', 'nginx', [['ssl-client-verify', 'SUCCESS']], 'malformed'],
  ['two certificates', 'nginx', nginx(escaped(LEAF, ISSUER), 'SUCCESS'), 'malformed'],
  ['text before the PEM', 'nginx', nginx(`x%0A${escaped(LEAF)}`, 'SUCCESS'), 'malformed'],
  ['broken percent-encoding', 'nginx', nginx('%E0%A4', 'SUCCESS'), 'malformed'],

  ['verified and used', 'haproxy', haproxy(base64, '0', '1'), leafOnly],
  ['verified is 0 without a certificate', 'haproxy', haproxy('', '0', '0'), 'none'],
  ['a certificate that was not used', 'haproxy', haproxy(base64, '0', '0'), 'malformed'],
  ['a failed verification', 'haproxy', haproxy(base64, '10', '1'), 'unverified'],
  ['a certificate without flags', 'haproxy', [['x-ssl-client-der', base64]], 'malformed'],
  ['used without a certificate', 'haproxy', haproxy('', '0', '1'), 'malformed'],
  ['nothing', 'haproxy', [], 'none'],
]

const make = (field: string, secrets: readonly string[]) => () =>
  certificateReader({
    dialect: 'nginx',
    proof: { field, secrets: secrets.map((secret) => new Secret(secret)) },
  })

describe('certificates from a proxy', () => {
  for (const [name, dialect, headers, expected] of ROWS) {
    it(`${dialect}: ${name}`, () => assert.deepEqual(read(dialect, headers), expected))
  }

  it('reads nothing, and refuses nothing, from whoever proved nothing (SR-303)', () => {
    const forged: Headers = [...cert(sequence(LEAF)), ...cert('junk'), ['client_cert', 'junk']]
    const proofs: readonly Headers[] = [
      [],
      [['x-proof', '']],
      [['x-proof', `${SECRET}a`]],
      [['x-proof', SECRET.toUpperCase()]],
      [['x_proof', SECRET]],
      [
        ['x-proof', SECRET],
        ['x-proof', SECRET],
      ],
      [['x-proof', `${SECRET}, ${SECRET}`]],
    ]
    for (const proof of proofs) assert.equal(read('rfc9440', forged, proof), 'none')
  })

  it('never takes the certificate of the proxy for the one of a client', () => {
    assert.equal(read('rfc9440', []), 'none')
  })

  it('refuses at construction a proof that proves nothing', () => {
    assert.throws(make('x-proof', []), ConfigError)
    assert.throws(make('x-proof', ['short']), ConfigError)
    assert.throws(make('X-Proof', [SECRET]), ConfigError)
  })
})
