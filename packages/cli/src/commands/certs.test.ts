import assert from 'node:assert/strict'
import { createPrivateKey, generateKeyPairSync, X509Certificate } from 'node:crypto'
import { readFileSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { EXIT } from '../exit.ts'
import { runHere } from '../testing/in-process.ts'
import { temporaryFolder } from '../testing/spawn.ts'

const temporary = temporaryFolder()
const folder = temporary.path
const SCOPES = 'countersign:certificates:issue,orders:read'
const read = (file: string): string => readFileSync(join(folder, file), 'utf8')

/** Runs a command with `--json` and answers what it printed. */
async function json(...args: readonly string[]): Promise<Record<string, unknown>> {
  const ended = await runHere([...args, '--json'], { folder })
  assert.equal(ended.code, EXIT.ok, ended.stderr)
  // Every command prints one JSON object.
  return JSON.parse(ended.stdout) as Record<string, unknown>
}

const ISSUE = [
  'certs',
  'issue',
  '--key-file',
  'service.key',
  '--name',
  'billing',
  '--scope',
  SCOPES,
]

const issue = (...args: readonly string[]): readonly string[] => [...ISSUE, ...args]

before(async () => {
  const config = { certificates: { trustDomain: 'example.org' } }
  writeFileSync(join(folder, 'countersign.json'), JSON.stringify(config))
  assert.equal((await runHere(['init'], { folder })).code, EXIT.ok)
  const scope = ['--scope', SCOPES]
  const service = await json('services', 'create', '--name', 'billing', ...scope)
  const owner = ['--service', String(service['id'])]
  const key = await json('keys', 'create', ...owner, '--name', 'billing', ...scope)
  writeFileSync(join(folder, 'service.key'), String(key['secret']))
})
after(() => {
  temporary.dispose()
})

test('a certificate and its new key go to files that only their owner reads; the key is not printed', async () => {
  const ended = await runHere(issue('--out', 'tls', '--ttl', '1h'), { folder })
  assert.equal(ended.code, EXIT.ok, ended.stderr)
  const certificate = new X509Certificate(read('tls/certificate.pem'))
  assert.ok(certificate.checkPrivateKey(createPrivateKey(read('tls/key.pem'))))
  assert.ok(certificate.verify(new X509Certificate(read('tls/bundle.pem')).publicKey))
  assert.equal(statSync(join(folder, 'tls/key.pem')).mode & 0o777, 0o600)
  assert.ok(!(ended.stdout + ended.stderr).includes('PRIVATE KEY'))
})

test('a key that is there already is used, whatever its kind', async () => {
  for (const pair of [
    generateKeyPairSync('rsa', { modulusLength: 2048 }),
    generateKeyPairSync('ec', { namedCurve: 'P-384' }),
    generateKeyPairSync('ed25519'),
  ]) {
    const pem = pair.privateKey.export({ format: 'pem', type: 'pkcs8' })
    writeFileSync(join(folder, 'own.pem'), pem)
    // oxlint-disable-next-line no-await-in-loop -- one data folder
    const issued = await json(...issue('--out', 'own', '--private-key', 'own.pem'))
    assert.ok(!JSON.stringify(issued).includes('PRIVATE KEY'))
    assert.ok(new X509Certificate(read('own/certificate.pem')).checkPrivateKey(pair.privateKey))
  }
})

test('a key below the floor, and what is no key, is refused and not repeated', async () => {
  writeFileSync(join(folder, 'weak.pem'), 'hunter2 is no key')
  const ended = await runHere(issue('--out', 'x', '--private-key', 'weak.pem'), { folder })
  assert.equal(ended.code, EXIT.usage)
  assert.ok(!ended.stderr.includes('hunter2'))
  const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'secp256k1' })
  writeFileSync(join(folder, 'weak.pem'), privateKey.export({ format: 'pem', type: 'pkcs8' }))
  const weak = await runHere(issue('--out', 'x', '--private-key', 'weak.pem'), { folder })
  assert.notEqual(weak.code, EXIT.ok)
  assert.match(weak.stderr, /P-256/)
})

test('certificates are listed and revoked with a cause', async () => {
  const { id } = await json(...issue('--out', 'gone'))
  const listed = await runHere(['certs', 'list'], { folder })
  assert.ok(listed.stdout.includes(String(id)))
  const revoked = await runHere(
    ['certs', 'revoke', '--cause', 'keyCompromise', '--json', '--', String(id)],
    { folder },
  )
  assert.equal(revoked.code, EXIT.ok, revoked.stderr)
  const bad = await runHere(['certs', 'revoke', '--cause', 'whim', '--', String(id)], { folder })
  assert.equal(bad.code, EXIT.usage)
})

test('CAs are shown and rotated, and the bundle has both while one replaces the other', async () => {
  const rotated = await json('certs', 'rotate')
  const states = (rotated['items'] as { readonly state: string }[]).map(({ state }) => state)
  assert.deepEqual(states, ['active', 'planned'])
  const { stdout } = await runHere(['certs', 'bundle'], { folder })
  assert.equal(stdout.match(/BEGIN CERTIFICATE/g)?.length, 2)
  const spiffe = await runHere(['certs', 'bundle', '--format', 'spiffe'], { folder })
  assert.ok(spiffe.stdout.includes('"use":"x509-svid"'))
  assert.equal((await runHere(['certs', 'bundle', '--format', 'x'], { folder })).code, EXIT.usage)
  const authorities = await runHere(['certs', 'authorities'], { folder })
  assert.match(authorities.stdout, /planned/)
})
