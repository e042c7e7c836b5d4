import assert from 'node:assert/strict'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { test } from 'node:test'
import { verifyChain } from '../../events/verify-chain.ts'
import { addApiKey, freshSecrets, openAuthority } from '../../testing/authority.ts'
import { scratchFolder } from '../../testing/scratch.ts'
import { openSqlite } from './index.ts'

test('a backup made while serving is whole, and after a restore nothing used before it is taken again', async () => {
  const folder = scratchFolder()
  const [path, copy] = [join(folder, 'live.db'), join(folder, 'backup.db')]
  const secrets = freshSecrets()
  const live = await openAuthority({ store: await openSqlite({ path }), secrets })
  const before = await addApiKey(live, ['orders:read'])
  const over = new AbortController()
  const writing = (async () => {
    let made = 0
    for (; !over.signal.aborted; made += 1) await addApiKey(live, ['orders:read'])
    return made
  })()
  const other = new DatabaseSync(path, { timeout: 5000 })
  other.prepare('vacuum into ?').run(copy)
  other.close()
  over.abort()
  assert.ok((await writing) > 0)
  const now = Math.floor(Date.now() / 1000)
  const use = { id: 'nonce-1', signedAfter: now + 5, expiresAt: now + 600 }
  // After the backup: the restored database has not heard of it.
  assert.equal(await live.store.replays.claim(use), 'claimed')
  await live.close()

  const restored = await openSqlite({ path: copy })
  await restored.replays.raiseFence(now + 5)
  assert.ok((await restored.credentials.find(before.id)) !== undefined)
  assert.equal((await verifyChain(restored.events)).intact, true)
  assert.equal(await restored.replays.claim(use), 'fenced')
  await restored.close()
})
