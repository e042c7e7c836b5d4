import assert from 'node:assert/strict'
import { generateKeyPairSync } from 'node:crypto'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { jwkThumbprint } from 'countersign/dpop'
import { EXIT } from '../exit.ts'
import { runHere } from '../testing/in-process.ts'
import { temporaryFolder } from '../testing/spawn.ts'

const temporary = temporaryFolder()
const folder = temporary.path
let serviceId = ''

const run = (...args: readonly string[]) => runHere([...args, '--json'], { folder })
const create = (...args: readonly string[]) =>
  run('keys', 'create', '--service', serviceId, '--name', 'k', '--scope', 'orders:read', ...args)

before(async () => {
  assert.equal((await run('init')).code, EXIT.ok)
  const service = await run('services', 'create', '--name', 'orders', '--scope', 'orders:read')
  // Every command prints one JSON object.
  serviceId = (JSON.parse(service.stdout) as { id: string }).id
})
after(() => {
  temporary.dispose()
})

test('a key is bound to a public JWK by its thumbprint, also where the file holds the private one', async () => {
  const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
  const jwk = { ...privateKey.export({ format: 'jwk' }) }
  writeFileSync(join(folder, 'key.jwk'), JSON.stringify(jwk))
  const made = await create('--bind-jwk', 'key.jwk')
  assert.equal(made.code, EXIT.ok, made.stderr)
  const { confirmation } = JSON.parse(made.stdout) as { confirmation: unknown }
  assert.deepEqual(confirmation, { jkt: await jwkThumbprint(jwk) })
  assert.ok(!made.stdout.includes(String(jwk['d'])))
})

test('a file that holds no public key binds nothing, and no key is made', async () => {
  writeFileSync(join(folder, 'secret.jwk'), JSON.stringify({ kty: 'oct', k: 'c2VjcmV0' }))
  writeFileSync(join(folder, 'text'), 'no key')
  for (const [flag, file] of [
    ['--bind-jwk', 'secret.jwk'],
    ['--bind-jwk', 'text'],
    ['--bind-certificate', 'text'],
    ['--bind-certificate', 'key.jwk'],
  ] as const) {
    const made = await create(flag, file)
    assert.equal(made.code, EXIT.usage, `${flag} ${file}`)
    assert.ok(!made.stderr.includes('c2VjcmV0'))
  }
})
