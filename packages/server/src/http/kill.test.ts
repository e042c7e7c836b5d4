/** SIGKILL at any moment loses nothing that was acknowledged. */
import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import type { TestClient } from '../testing/authority.ts'
import { postAs, startServing, type ServingProcess } from '../testing/serving-process.ts'

interface Acknowledged {
  readonly live: Set<string>
  readonly revoked: Set<string>
}

/** Issues and revokes until the server is gone; notes what was answered, and nothing else. */
async function work(
  { url }: ServingProcess,
  client: TestClient,
  seen: Acknowledged,
): Promise<void> {
  for (let round = 0; ; round += 1) {
    try {
      const issued = await postAs(`${url}/oauth/token`, client, {
        grant_type: 'client_credentials',
      })
      // The token response of RFC 6749 §5.1.
      const { access_token: token } = (await issued.json()) as { access_token: string }
      seen.live.add(token)
      if (round % 2 === 0) continue
      // Under way: it may or may not have happened when the process dies.
      seen.live.delete(token)
      const revoked = await postAs(`${url}/oauth/revoke`, client, { token })
      assert.equal(revoked.status, 200)
      seen.revoked.add(token)
    } catch (error) {
      if (error instanceof assert.AssertionError) throw error
      return
    }
  }
}

async function isActive(
  { url }: ServingProcess,
  client: TestClient,
  token: string,
): Promise<boolean> {
  const response = await postAs(`${url}/oauth/introspect`, client, { token })
  // The introspection response of RFC 7662 §2.2.
  return ((await response.json()) as { active: boolean }).active
}

test('what was acknowledged before SIGKILL under load holds after the restart', async (t) => {
  const folder = await mkdtemp(join(tmpdir(), 'countersign-kill-'))
  t.after(() => rm(folder, { recursive: true, force: true }))
  const database = join(folder, 'authority.db')
  const secret = randomBytes(32).toString('base64url')
  const first = await startServing(database, secret, true)
  const { jwt, opaque } = first.clients
  const seen: Acknowledged = { live: new Set(), revoked: new Set() }
  const workers = [jwt, opaque, jwt, opaque].map((client) => work(first, client, seen))
  while (seen.revoked.size < 40) await new Promise((resolve) => setImmediate(resolve))
  first.child.kill('SIGKILL')
  await Promise.all(workers)

  const second = await startServing(database, secret, false)
  t.after(() => second.child.kill('SIGKILL'))
  const check = async (tokens: ReadonlySet<string>, expected: boolean): Promise<void> => {
    const answers = await Promise.all([...tokens].map((token) => isActive(second, jwt, token)))
    assert.equal(answers.filter((active) => active !== expected).length, 0)
  }
  await check(seen.revoked, false)
  await check(seen.live, true)
})
