import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { test, type TestContext } from 'node:test'
import { verifyChain } from '../../events/verify-chain.ts'
import { addApiKey, freshSecrets, openAuthority } from '../../testing/authority.ts'
import { startPostgres } from '../../testing/postgres.ts'
import { openPostgres } from './index.ts'

const run = (command: string, args: readonly string[], input?: string) =>
  spawnSync(command, args, { encoding: 'utf8', maxBuffer: 1e9, ...(input ? { input } : {}) })

test('a dump is restored whole, and nothing used before it is taken again', async (t: TestContext) => {
  const server = await startPostgres()
  t.after(() => server.dispose())
  const [url, other] = [await server.create(), await server.create()]
  const live = await openAuthority({ store: await openPostgres({ url }), secrets: freshSecrets() })
  const before = await addApiKey(live, ['orders:read'])
  const dump = run('pg_dump', ['--no-owner', url])
  const now = Math.floor(Date.now() / 1000)
  const use = { id: 'nonce-1', signedAfter: now + 5, expiresAt: now + 600 }
  assert.equal(await live.store.replays.claim(use), 'claimed')
  await live.close()
  if (dump.status !== 0) {
    t.skip(`no pg_dump for this server: ${dump.error?.message ?? dump.stderr}`)
    return
  }
  const loaded = run('psql', ['-q', '-v', 'ON_ERROR_STOP=1', other], dump.stdout)
  assert.equal(loaded.status, 0, loaded.stderr)
  const restored = await openPostgres({ url: other })
  await restored.replays.raiseFence(now + 5)
  assert.ok((await restored.credentials.find(before.id)) !== undefined)
  assert.equal((await verifyChain(restored.events)).intact, true)
  assert.equal(await restored.replays.claim(use), 'fenced')
  await restored.close()
})
