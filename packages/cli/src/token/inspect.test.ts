import assert from 'node:assert/strict'
import { test } from 'node:test'
import { inspectToken } from './inspect.ts'

const NOW = 1_800_000_000
const part = (value: object): string => Buffer.from(JSON.stringify(value)).toString('base64url')
const jwt = (claims: object, header: object = { alg: 'ES256', typ: 'at+jwt' }): string =>
  `${part(header)}.${part(claims)}.c2lnbmF0dXJl`
const GOOD = { iss: 'https://a.example', aud: 'b', sub: 'c', jti: 'd', iat: NOW, exp: NOW + 900 }

test('a token as it should be has no finding, and is never called verified', () => {
  const inspection = inspectToken(jwt(GOOD), NOW)
  assert.deepEqual(inspection.findings, [])
  assert.equal(inspection.verified, false)
  assert.equal(inspection.lifetimeSeconds, 900)
})

const PROBLEMS: readonly [name: string, token: string, codes: readonly string[]][] = [
  ['no exp', jwt({ ...GOOD, exp: undefined }), ['expiry-missing']],
  ['a year of life', jwt({ ...GOOD, exp: NOW + 365 * 86_400 }), ['lifetime-long']],
  ['exp in milliseconds', jwt({ ...GOOD, exp: (NOW + 900) * 1000 }), ['expiry-milliseconds']],
  ['exp as text', jwt({ ...GOOD, exp: String(NOW) }), ['expiry-type']],
  ['expired', jwt({ ...GOOD, iat: NOW - 1000, exp: NOW - 1 }), ['expired']],
  ['not yet valid', jwt({ ...GOOD, nbf: NOW + 60 }), ['not-yet-valid']],
  ['alg none', jwt(GOOD, { alg: 'none' }), ['algorithm-none']],
  ['alg NONE', jwt(GOOD, { alg: 'NONE' }), ['algorithm-none']],
  ['no alg at all', jwt(GOOD, {}), ['algorithm-none']],
  ['a stripped signature', jwt(GOOD).replace(/[^.]+$/, ''), ['signature-missing']],
  ['a shared secret', jwt(GOOD, { alg: 'HS256' }), ['algorithm-shared']],
  [
    'a key of its own',
    jwt(GOOD, { alg: 'ES256', jwk: {}, jku: 'x' }),
    ['header-jwk', 'header-jku'],
  ],
  ['an id_token', jwt({ ...GOOD, nonce: 'n' }, { alg: 'ES256', typ: 'JWT' }), ['id-token']],
  ['no audience', jwt({ ...GOOD, aud: undefined }), ['aud-missing']],
  ['no jti', jwt({ ...GOOD, jti: undefined }), ['jti-missing']],
  ['no token', 'hello', ['unknown-form']],
  ['three parts of nothing', 'a.b.c', ['unknown-form']],
  ['nothing', '', ['unknown-form']],
]
for (const [name, token, codes] of PROBLEMS) {
  test(`names the problem: ${name}`, () => {
    assert.deepEqual(
      inspectToken(token, NOW).findings.map(({ code }) => code),
      codes,
    )
  })
}

test('takes a generated credential apart without its secret', () => {
  const secret = 'S'.repeat(38)
  const inspection = inspectToken(`cs_live_abcdefABCDEF_${secret}`, NOW)
  assert.equal(inspection.kind, 'generated')
  assert.equal(inspection.publicId, 'cs_live_abcdefABCDEF')
  assert.ok(!JSON.stringify(inspection).includes(secret))
})

test('takes the scheme off', () => {
  assert.equal(inspectToken(`Bearer ${jwt(GOOD)}\n`, NOW).kind, 'jwt')
})

test('knows an encrypted token', () => {
  const header = part({ alg: 'dir', enc: 'A256GCM' })
  assert.equal(inspectToken(`${header}....`, NOW).kind, 'jwe')
})
