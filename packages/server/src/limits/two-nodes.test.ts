import assert from 'node:assert/strict'
import { join } from 'node:path'
import { describe, test } from 'node:test'
import type { Guard, LimitPolicy, RequestView } from 'countersign'
import { requestView } from 'countersign/testing'
import { openRedis, type RedisStore } from '../stores/redis/index.ts'
import { openSqlite } from '../stores/sqlite/index.ts'
import { addApiKey, freshSecrets, openAuthority, type TestAuthority } from '../testing/authority.ts'
import { startRedis, withoutRedis } from '../testing/redis.ts'
import { scratchFolder } from '../testing/scratch.ts'
import type { AuthorityOptions } from '../authority-options.ts'

const POLICY: LimitPolicy = {
  name: 'per-service',
  algorithm: 'gcra',
  limit: 10,
  windowSeconds: 86_400,
  burst: 10,
}
const folder = scratchFolder()
let files = 0

/** Two authorities on one database, as two processes have it. */
async function twoNodes(
  options: () => Promise<Partial<AuthorityOptions>> = async () => ({}),
): Promise<readonly [TestAuthority, TestAuthority]> {
  const path = join(folder, `nodes-${(files += 1)}.db`)
  const secrets = freshSecrets()
  const open = async (): Promise<TestAuthority> =>
    openAuthority({ secrets, store: await openSqlite({ path }), ...(await options()) })
  return [await open(), await open()]
}

const guardOf = ({ authority }: TestAuthority, policy: LimitPolicy): Guard =>
  authority.desk({ audience: 'urn:api' }).guard({ limits: { perPrincipal: [policy] } })

const requestOf = (key: string): RequestView =>
  requestView({ headers: [['authorization', `Bearer ${key}`]] })

/** Asks both in turn, `count` times at once, and answers how many passed. */
async function passed(nodes: readonly Guard[], key: string, count = 30): Promise<number> {
  const decisions = await Promise.all(
    Array.from({ length: count }, async (_, n) => nodes[n % 2]?.check(requestOf(key))),
  )
  return decisions.filter((decision) => decision?.outcome === 'allowed').length
}

describe('limits of two nodes', () => {
  test('are one limit on one database, at the desks of applications', async (t) => {
    const nodes = await twoNodes()
    t.after(() => Promise.all(nodes.map((node) => node.close())))
    const { key } = await addApiKey(nodes[0], [])
    const guards = nodes.map((node) => guardOf(node, POLICY))
    assert.equal(await passed(guards, key), 10)
  })

  test('do what each declared when Redis goes, and tell', { skip: withoutRedis }, async (t) => {
    const server = await startRedis()
    const opened: RedisStore[] = []
    const nodes = await twoNodes(async () => {
      const redis = await openRedis({ url: server.url })
      opened.push(redis)
      return { redis }
    })
    t.after(async () => {
      await Promise.all([...nodes, ...opened].map((each) => each.close()))
      await server.dispose()
    })
    const { key } = await addApiKey(nodes[0], [])
    const guardsOf = (policy: LimitPolicy): readonly Guard[] =>
      nodes.map((node) => guardOf(node, policy))
    assert.equal(await passed(guardsOf(POLICY), key), 10)
    await server.stop()
    const local = { ...POLICY, name: 'local', onStoreFailure: 'local' } as const
    const open = { ...POLICY, name: 'open', onStoreFailure: 'open' } as const
    assert.equal(await passed(guardsOf(local), key, 60), 20, 'each node counts for itself')
    assert.equal(await passed(guardsOf(open), key), 30)
    const [closed] = guardsOf({ ...POLICY, name: 'closed' })
    const decision = await closed?.check(requestOf(key))
    assert.ok(decision?.outcome === 'refused' && decision.reason === 'request.unavailable')
    const { text } = await nodes[0].authority.metrics()
    assert.match(text, /limit_store_failures_total\{mode="closed"\} 1/)
    assert.match(text, /limit_store_failures_total\{mode="local"\} 30/)
  })
})
