import assert from 'node:assert/strict'
import { generateKeyPairSync } from 'node:crypto'
import { after, before, test } from 'node:test'
import { EXIT } from '../exit.ts'
import { runHere } from '../testing/in-process.ts'
import { temporaryFolder } from '../testing/spawn.ts'

const temporary = temporaryFolder()
const folder = temporary.path
after(() => {
  temporary.dispose()
})

const API = 'https://api.example.com'
const SECRET = 'a secret of at least thirty-two bytes, for HMAC'
const jwk = generateKeyPairSync('ed25519').privateKey.export({ format: 'jwk' })

async function store(name: string, method: string, secret: string, origin = API): Promise<void> {
  const args = [
    'credentials',
    'add',
    name,
    '--method',
    method,
    '--for',
    origin,
    '--id',
    `${name}-id`,
  ]
  const { code, stderr } = await runHere(args, { folder, input: secret })
  assert.equal(code, 0, stderr)
}
before(async () => {
  await store('hmac', 'hmac-key', SECRET)
  await store('own', 'private-key', JSON.stringify(jwk))
  await store('broken', 'private-key', '{"kty":"OKP"}')
  await store('key', 'api-key', 'acme_live_x')
  await store('stranger', 'client', 'a-client-secret', 'https://other.example.com')
})

const sign = (...args: readonly string[]) => runHere(['sign', ...args], { folder })

test('prints what curl is to send, signed, and never the key', async () => {
  for (const [name, scheme] of [
    ['hmac', 'http-signature'],
    ['own', 'http-signature'],
    ['hmac', 'sigv4'],
  ] as const) {
    const flags = ['--as', name, '--scheme', scheme, '--body', 'a "b"\n\\c']
    const { code, stdout, stderr } = await sign(...flags, `${API}/orders?x=1`)
    assert.equal(code, 0, stderr)
    assert.match(stdout, /^url = "https:\/\/api\.example\.com\/orders\?x=1"\nrequest = "POST"\n/)
    assert.match(stdout, scheme === 'sigv4' ? /AWS4-HMAC-SHA256/ : /signature-input: sig1=/)
    assert.ok(
      stdout.endsWith('data-raw = "a \\"b\\"\\n\\\\c"\n'),
      'no text becomes an option of curl',
    )
    assert.ok(!stdout.includes(SECRET) && !stdout.includes(String(jwk.d)))
  }
})

test('--presign prints a URL, and --json the request', async () => {
  const url = await sign('--as', 'hmac', '--presign', '5m', `${API}/orders`)
  assert.match(url.stdout, /^https:\/\/api\.example\.com\/orders\?X-Amz-Algorithm=.*Expires=300/)
  const { stdout } = await sign('--as', 'hmac', '--json', `${API}/orders`)
  const { method, headers } = JSON.parse(stdout)
  assert.equal(method, 'GET')
  assert.equal(headers.length, 2)
})

for (const [what, args, message] of [
  ['for another origin', ['--as', 'hmac', 'https://evil.example/'], /is for https:\/\/api/],
  ['for an origin that begins alike', ['--as', 'hmac', `${API}.evil.example/`], /is for/],
  ['for a user name before the host', ['--as', 'hmac', 'https://api.example.com@evil/'], /is for/],
  ['with a credential that signs nothing', ['--as', 'key', `${API}/`], /does not sign/],
  ['with an unknown scheme', ['--as', 'hmac', '--scheme', 'x', `${API}/`], /write one of/],
  ['with SigV4 and a private key', ['--as', 'own', '--scheme', 'sigv4', `${API}/`], /hmac-key/],
  [
    'with a presigned body',
    ['--as', 'hmac', '--presign', '5m', '--body', 'x', `${API}/`],
    /no --body/,
  ],
  ['with DPoP and a secret', ['--as', 'hmac', '--scheme', 'dpop', `${API}/`], /private-key/],
  [
    'with DPoP and no client',
    ['--as', 'own', '--scheme', 'dpop', `${API}/`],
    /--client is missing/,
  ],
  [
    'with the token of a client of another origin',
    ['--as', 'own', '--scheme', 'dpop', '--client', 'stranger', `${API}/`],
    /is for https:\/\/other/,
  ],
] as const) {
  test(`refuses to sign ${what}, with exit code 2`, async () => {
    const { code, stdout, stderr } = await sign(...args)
    assert.equal(code, EXIT.usage, stderr)
    assert.equal(stdout, '')
    assert.match(stderr, message)
  })
}

test('says so where there is no such key, or it is damaged', async () => {
  assert.equal((await sign('--as', 'nobody', `${API}/`)).code, EXIT.notFound)
  const { code, stderr } = await sign('--as', 'broken', `${API}/`)
  assert.equal(code, EXIT.failure)
  assert.match(stderr, /no Ed25519 or P-256 JWK/)
})
