import assert from 'node:assert/strict'
import { generateKeyPairSync } from 'node:crypto'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { EXIT } from '../exit.ts'
import { runHere } from '../testing/in-process.ts'
import { temporaryFolder } from '../testing/spawn.ts'

const temporary = temporaryFolder()
const folder = temporary.path
const NOUN = 'signing-credentials'
let serviceId = ''

const { publicKey, privateKey } = generateKeyPairSync('ed25519')

/** Runs a command with `--json` and answers what it printed. */
async function json(...args: readonly string[]): Promise<Record<string, unknown>> {
  const ended = await runHere([...args, '--json'], { folder })
  assert.equal(ended.code, EXIT.ok, ended.stderr)
  // Every command prints one JSON object.
  return JSON.parse(ended.stdout) as Record<string, unknown>
}

const create = (...args: readonly string[]): readonly string[] => [
  NOUN,
  'create',
  '--service',
  serviceId,
  '--name',
  'ci',
  '--scope',
  'orders:read',
  ...args,
]

before(async () => {
  assert.equal((await runHere(['init'], { folder })).code, EXIT.ok)
  const service = await json('services', 'create', '--name', 'orders', '--scope', 'orders:read')
  serviceId = String(service['id'])
})
after(() => {
  temporary.dispose()
})

test('an HMAC key is made with its secret shown, listed without it, rotated and revoked', async () => {
  const made = await json(...create())
  assert.match(String(made['secret']), /^[A-Za-z0-9_-]{43}$/)
  const listed = await runHere([NOUN, 'list'], { folder })
  assert.ok(listed.stdout.includes(String(made['id'])))
  assert.ok(!listed.stdout.includes(String(made['secret'])))
  const next = await json(NOUN, 'rotate', String(made['id']), '--overlap', '1h')
  assert.notEqual(next['secret'], made['secret'])
  const gone = await json(NOUN, 'revoke', String(next['id']))
  assert.deepEqual(gone, { id: next['id'], revoked: true })
})

test('a public key is read from a file of many lines, or from stdin', async () => {
  const jwk = JSON.stringify(publicKey.export({ format: 'jwk' }), null, 2)
  writeFileSync(join(folder, 'public.jwk'), jwk)
  const made = await json(...create('--public-key', 'public.jwk'))
  assert.equal(made['algorithm'], 'ed25519')
  assert.equal(made['secret'], null)
  const piped = await runHere(create('--public-key', '-'), { folder, input: jwk })
  assert.equal(piped.code, EXIT.ok, piped.stderr)
  assert.ok(!piped.stdout.includes('secret'))
})

test('a private key and a text that is no key are refused, and not repeated', async () => {
  const { d = '', ...rest } = privateKey.export({ format: 'jwk' })
  for (const input of [JSON.stringify({ ...rest, d }), `${d} is no JSON`, '[]']) {
    const ended = await runHere(create('--public-key', '-'), { folder, input })
    assert.notEqual(ended.code, EXIT.ok)
    assert.match(ended.stderr, /private key|no JWK/)
    assert.ok(!(ended.stdout + ended.stderr).includes(d))
  }
})
