import assert from 'node:assert/strict'
import type { ChildProcessWithoutNullStreams } from 'node:child_process'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { EXIT } from './exit.ts'
import { runHere } from './testing/in-process.ts'
import { stop, waitForLine } from './testing/running.ts'
import { run, start, temporaryFolder, type Ended } from './testing/spawn.ts'

const temporary = temporaryFolder()
const folder = temporary.path
let server: ChildProcessWithoutNullStreams
let issuer = ''
let adminKey = ''

before(async () => {
  const initialised = await run(['init', '--json'], { folder })
  assert.equal(initialised.code, 0, initialised.stderr)
  adminKey = JSON.parse(initialised.stdout).key
  server = start(['serve', '--port', '0', '--json'], { folder })
  issuer = JSON.parse(await waitForLine(server)).issuer
})
after(() => {
  server.kill('SIGKILL')
  temporary.dispose()
})

/** A command in this process, on the data folder: another process than the server's. */
const cli = (...args: readonly string[]): Promise<Ended> => runHere([...args, '--json'], { folder })

async function made(...args: readonly string[]): Promise<Record<string, string>> {
  const { code, stdout, stderr } = await cli(...args)
  assert.equal(code, 0, stderr)
  return JSON.parse(stdout)
}

/** Asks the server about a key. */
async function outcome(key: string): Promise<string> {
  const response = await fetch(`${issuer}/v1/verify`, {
    method: 'POST',
    headers: { authorization: `Bearer ${adminKey}`, 'content-type': 'application/json' },
    body: JSON.stringify({ credential: { kind: 'api-key', value: key } }),
  })
  const verdict = await response.json()
  return JSON.parse(JSON.stringify(verdict)).outcome
}

/** The bound that the design states for a feed that is live. */
const BOUND_MS = 1000

test('a key made and revoked by another process is accepted and refused by the running server', async (t) => {
  const service = await made('services', 'create', '--name', 'orders', '--scope', 'orders:read')
  const create = ['keys', 'create', '--service', service['id'] ?? '', '--name', 'ci']
  const key = await made(...create, '--scope', 'orders:read', '--expires-in', '90d')
  const { id = '', secret = '' } = key
  await t.test('accepted', async () => {
    assert.equal(await outcome(secret), 'accepted')
  })
  await t.test('listed without its secret', async () => {
    const { stdout } = await cli('keys', 'list')
    assert.ok(stdout.includes(id) && !stdout.includes(secret))
  })
  await t.test('rotated: both work in the overlap', async () => {
    const successor = await made('keys', 'rotate', id, '--overlap', '1h')
    assert.equal(await outcome(successor['secret'] ?? ''), 'accepted')
    assert.equal(await outcome(secret), 'accepted')
  })
  await t.test('revoked: refused within the bound', async () => {
    await made('keys', 'revoke', id)
    const revokedAt = performance.now()
    while ((await outcome(secret)) === 'accepted')
      assert.ok(performance.now() - revokedAt < BOUND_MS, 'still accepted after the bound')
  })
})

test('every list has items and a cursor; what is not there is exit code 3', async () => {
  for (const noun of ['keys', 'services', 'clients', 'users', 'events', 'tenants'])
    assert.deepEqual(Object.keys(await made(noun, 'list')), ['items', 'cursor'], noun)
  const { code, stderr } = await cli('keys', 'revoke', 'nosuchkey123')
  assert.equal(code, EXIT.notFound)
  assert.equal(JSON.parse(stderr).error.code, 'notFound')
})

test('a list is cut at its limit, and its cursor continues it', async () => {
  for (const name of ['page-1', 'page-2', 'page-3'])
    await made('services', 'create', '--name', name)
  const first = JSON.parse((await cli('services', 'list', '--limit', '2')).stdout)
  assert.equal(first.items.length, 2)
  const second = JSON.parse((await cli('services', 'list', '--cursor', first.cursor)).stdout)
  const ids = [...first.items, ...second.items].map(({ id }: { id: string }) => id)
  assert.equal(new Set(ids).size, ids.length)
})

test('clients, users, tenants and signing keys are made, rotated and revoked', async () => {
  const client = await made('clients', 'create', '--name', 'reports', '--scope', 'orders:read')
  const again = await made('clients', 'rotate-secret', client['id'] ?? '')
  assert.notEqual(again['secret'], client['secret'])
  await made('clients', 'revoke', client['id'] ?? '')
  const generated = await made('users', 'create', 'alice', '--scope', 'orders:read')
  assert.ok((generated['password'] ?? '').length >= 16)
  writeFileSync(join(folder, 'password'), 'correct horse battery staple\n')
  const given = await made('users', 'create', 'bob', '--password-file', 'password')
  assert.equal(given['password'], undefined)
  await made('users', 'revoke', given['id'] ?? '')
  const tenant = await made('tenants', 'create', 'acme', '--name', 'Acme Ltd')
  assert.equal(tenant['issuer']?.endsWith('/t/acme'), true)
  const rotated = JSON.parse((await cli('jwks', 'rotate')).stdout)
  assert.ok(rotated.items.length > 1)
  const compromised = JSON.parse((await cli('jwks', 'rotate', '--compromised')).stdout)
  const states = compromised.items.map(({ state }: { state: string }) => state)
  assert.ok(states.includes('compromised') && states.includes('signing'))
})

test('input that the authority does not take is exit code 2 and names the member', async () => {
  const { code, stderr } = await runHere(['services', 'create', '--name', 'x', '--scope', 'a"b'], {
    folder,
  })
  assert.equal(code, EXIT.usage, stderr)
  assert.match(stderr, /scopes/)
})

test('the audit log names what was done, and its chain holds', async () => {
  const { items } = JSON.parse((await cli('events', 'list')).stdout)
  const types = new Set(items.map(({ type }: { type: string }) => type))
  for (const type of ['key.created', 'key.rotated', 'key.revoked', 'client.created'])
    assert.ok(types.has(type), type)
  const report = await made('events', 'verify')
  assert.equal(String(report['intact']), 'true')
})

test('over HTTP it needs a key, and says so with exit code 4', async () => {
  const remote = ['services', 'list', '--url', issuer]
  const wrong = await runHere([...remote, '--key-file', '-'], { folder, input: 'cs_admin_wrong\n' })
  assert.equal(wrong.code, EXIT.refused)
  const right = await runHere(remote, { folder })
  assert.equal(right.code, 0, right.stderr)
  const environment = { COUNTERSIGN_URL: issuer, COUNTERSIGN_KEY: adminKey }
  const elsewhere = temporaryFolder()
  const byVariable = await runHere(['services', 'list'], { folder: elsewhere.path, environment })
  elsewhere.dispose()
  assert.equal(byVariable.code, 0, byVariable.stderr)
})

test('a refused request is explained: over HTTP, and from the data folder', async () => {
  const refused = await runHere(['services', 'list', '--url', issuer, '--key-file', '-'], {
    folder,
    input: 'cs_admin_wrong\n',
  })
  const id = /dec_\w+/.exec(refused.stderr)?.[0] ?? ''
  for (const where of [['--url', issuer], []]) {
    const { code, stdout, stderr } = await runHere(['explain', id, ...where], { folder })
    assert.equal(code, 0, stderr)
    assert.match(stdout, /refused: .*api-key\.malformed/)
    assert.match(stdout, /FAIL/)
    assert.ok(!stdout.includes('cs_admin_wrong'))
  }
})

test('token inspect --verify asks the authority, and exits 4 for a token that it does not know', async () => {
  const client = await made('clients', 'create', '--name', 'inspected', '--scope', 'orders:read')
  const basic = Buffer.from(`${client['id']}:${client['secret']}`).toString('base64')
  const response = await fetch(`${issuer}/oauth/token`, {
    method: 'POST',
    headers: { authorization: `Basic ${basic}` },
    body: new URLSearchParams({ grant_type: 'client_credentials' }),
  })
  const { access_token: token } = JSON.parse(await response.text())
  const verify = ['token', 'inspect', '--verify', '--url', issuer, '--json']
  const good = await runHere(verify, { folder, input: token })
  assert.equal(good.code, 0, good.stderr)
  assert.equal(JSON.parse(good.stdout).verdict.active, true)
  const revoked = await runHere(['revoke', '--url', issuer], { folder, input: token })
  assert.equal(revoked.code, 0, revoked.stderr)
  const bad = await runHere(verify, { folder, input: token })
  assert.equal(bad.code, EXIT.refused)
  assert.equal(JSON.parse(bad.stdout).verdict.active, false)
})

test('a second init leaves everything as it is', async () => {
  const pepper = readFileSync(join(folder, '.countersign/pepper'), 'utf8')
  const again = await runHere(['init', '--json'], { folder })
  assert.equal(again.code, 0)
  assert.equal(JSON.parse(again.stdout).key, null)
  assert.deepEqual(JSON.parse(again.stdout).created, [])
  assert.equal(readFileSync(join(folder, '.countersign/pepper'), 'utf8'), pepper)
})

test('migrate finds nothing to do, and refuses what a newer version wrote', async () => {
  const { code, stdout } = await cli('migrate', '--check')
  assert.equal(code, 0)
  assert.deepEqual(JSON.parse(stdout).pending, [])
})

test('serve refuses to guess an issuer for the outside', async () => {
  const { code, stderr } = await runHere(['serve', '--host', '0.0.0.0'], { folder })
  assert.equal(code, EXIT.usage)
  assert.match(stderr, /issuer is missing/)
})

test('SIGTERM drains and exits 0; no secret was in what the server printed', async () => {
  let printed = ''
  server.stderr.on('data', (chunk: Buffer) => {
    printed += chunk.toString()
  })
  assert.equal(await stop(server, 'SIGTERM'), EXIT.ok)
  assert.ok(!printed.includes(adminKey) && !printed.includes('cs_admin_wrong'))
})
