import assert from 'node:assert/strict'
import { after, before, beforeEach, describe, test } from 'node:test'
import { UnavailableError, type ReplayClaim } from 'countersign'
import type { StoredReplay } from '../../replay/stored-replay.ts'
import { claimNow, replayContract } from '../../testing/replay-contract.ts'
import { startRedis, withoutRedis, type RedisServer } from '../../testing/redis.ts'
import { connect } from './connection.ts'
import { openRedis, type RedisStore } from './index.ts'

/** The fence stands at the time at hand, so what is claimed is signed a little later. */
const later = (given: Partial<ReplayClaim> = {}): ReplayClaim =>
  claimNow({ signedAt: Math.floor(Date.now() / 1000) + 60, ...given })

const now = Math.floor(Date.now() / 1000)

/** Until the connection is back. */
async function claimOf(replay: StoredReplay, claim: ReplayClaim): Promise<string> {
  for (let attempt = 0; ; attempt += 1) {
    try {
      return await replay.claim(claim, now)
    } catch (error) {
      if (!(error instanceof UnavailableError) || attempt > 200) throw error
      await new Promise((resolve) => setTimeout(resolve, 20))
    }
  }
}

void describe('uses in Redis', { skip: withoutRedis }, () => {
  let server: RedisServer
  const opened: RedisStore[] = []
  let raised: number[] = []
  let losses = 0
  let fenceFails = false

  async function open(prefix = 'cs'): Promise<StoredReplay> {
    const store = await openRedis({ url: server.url, prefix })
    opened.push(store)
    return store.replay({
      clock: Date.now,
      fence: {
        raiseFence: async (at) => {
          if (fenceFails) throw new UnavailableError('store', 'down')
          raised.push(at)
        },
      },
      onLoss: () => {
        losses += 1
      },
    })
  }

  /** Says something to the server beside the store. */
  async function say(...command: readonly string[]): Promise<void> {
    const connection = await connect({ url: server.url })
    await connection.send(...command)
    await connection.close()
  }

  before(async () => {
    server = await startRedis()
  })
  beforeEach(() => {
    raised = []
    losses = 0
    fenceFails = false
  })
  after(async () => {
    await Promise.all(opened.map((store) => store.close()))
    await server.dispose()
  })

  replayContract('Redis', async () => {
    const prefix = `contract${opened.length}`
    const nodes = [await open(prefix), await open(prefix)] as const
    await nodes[0].claim(claimNow(), now)
    // As if it had begun long ago.
    await say('HSET', `{${prefix}:replay}:memory`, 'fence', String(now - 1000))
    return nodes
  })

  test('the first claim of all begins the memory, once for two nodes', async () => {
    const [one, two] = [await open('first'), await open('first')]
    const claim = later()
    const outcomes = await Promise.all([one.claim(claim, now), two.claim(claim, now)])
    assert.deepEqual(outcomes.toSorted(), ['claimed', 'replayed'])
    assert.equal(losses, 1)
    assert.equal(await one.claim(claimNow(), now), 'fenced')
  })

  for (const [title, lose] of [
    ['restarted empty', async () => (await server.stop(), server.start())],
    ['emptied', async () => say('FLUSHALL')],
    [
      'restored from an old copy',
      async () => {
        // The record of the memory comes back with the copy; the uses after it do not.
        const replay = await open()
        await claimOf(replay, later())
        await say('SAVE')
        await claimOf(replay, later({ use: 'after the copy' }))
        await server.stop()
        await server.start()
      },
    ],
  ] as const) {
    test(`nothing replays on a server that was ${title} (SR-107)`, async () => {
      const nodes = [await open(), await open()]
      const [node] = nodes
      assert.ok(node !== undefined)
      await claimOf(node, later())
      const used = claimNow({ use: 'after the copy' })
      raised = []
      losses = 0
      await lose()
      const found = await Promise.all(nodes.map((each) => claimOf(each, used)))
      assert.deepEqual(found, ['fenced', 'fenced'])
      assert.ok(raised.length > 0 && raised.every((at) => at >= used.signedAt))
      assert.ok(losses >= 1)
      assert.equal(await claimOf(node, later()), 'claimed')
    })
  }

  test('a node that starts after the loss finds it out as well', async () => {
    await claimOf(await open(), later())
    await server.stop()
    await server.start()
    assert.equal(await claimOf(await open(), claimNow()), 'fenced')
  })

  test('the loss of the script alone raises no fence', async () => {
    const replay = await open()
    await claimOf(replay, later())
    ;[raised, losses] = [[], 0]
    await say('SCRIPT', 'FLUSH')
    assert.equal(await claimOf(replay, later()), 'claimed')
    assert.deepEqual([raised, losses], [[], 0])
  })

  test('nothing is claimed while the fence cannot be made durable', async () => {
    const replay = await open()
    await say('FLUSHALL')
    fenceFails = true
    await assert.rejects(async () => replay.claim(later(), now), UnavailableError)
    fenceFails = false
    assert.equal(await replay.claim(later(), now), 'claimed')
  })

  test('the fence is raised on the server and in SQL, and never falls', async () => {
    const replay = await open('raise')
    await claimOf(replay, later())
    await replay.raiseFence(now + 100)
    await replay.raiseFence(5)
    assert.equal(await claimOf(replay, later()), 'fenced')
    assert.equal(await claimOf(replay, later({ signedAt: now + 101 })), 'claimed')
    assert.deepEqual(raised.slice(-2), [now + 100, 5])
  })

  test('a server that is gone or does not answer fails closed, in time', async () => {
    const replay = await open()
    await claimOf(replay, later())
    server.freeze()
    const began = performance.now()
    for (let n = 0; n < 5; n += 1)
      await assert.rejects(async () => replay.claim(later(), now), UnavailableError)
    assert.ok(performance.now() - began < 1200, 'the server is left alone after three time-outs')
    server.thaw()
    assert.equal(await claimOf(replay, later()), 'claimed')
    await server.stop()
    await assert.rejects(async () => replay.claim(later(), now), UnavailableError)
    await server.start()
  })
})

void describe('a Redis server', { skip: withoutRedis }, () => {
  test('that would evict keys is refused with a sentence', async () => {
    const settings = ['--maxmemory', '50mb', '--maxmemory-policy']
    for (const [policy, isRefused] of [
      ['volatile-lru', true],
      ['noeviction', false],
    ] as const) {
      const server = await startRedis(...settings, policy)
      if (isRefused) {
        await assert.rejects(openRedis({ url: server.url }), { code: 'CS_CONFIG_REDIS_EVICTION' })
      } else await (await openRedis({ url: server.url })).close()
      await server.dispose()
    }
  })

  test('that is away at the start is named so', async () => {
    await assert.rejects(openRedis({ url: 'unix:///nowhere/socket' }), UnavailableError)
    await assert.rejects(openRedis({ url: 'http://127.0.0.1' }), { code: 'CS_CONFIG_REDIS_URL' })
    // In clear to another machine: refused before anything is sent.
    for (const url of [
      'redis://:secret@cache.example',
      'redis://192.0.2.1',
      'redis://127.0.0.1.example',
    ]) {
      await assert.rejects(openRedis({ url }), { code: 'CS_CONFIG_REDIS_TLS' })
    }
  })

  test('that is part of a cluster takes every script: keys of one are in one slot', async () => {
    const server = await startRedis('--cluster-enabled', 'yes')
    const admin = await connect({ url: server.url })
    await admin.send('CLUSTER', 'ADDSLOTSRANGE', '0', '16383')
    for (let n = 0; n < 200; n += 1) {
      if (String(await admin.send('CLUSTER', 'INFO')).includes('cluster_state:ok')) break
      await new Promise((resolve) => setTimeout(resolve, 20))
    }
    const store = await openRedis({ url: server.url })
    const policy = { name: 'p', algorithm: 'gcra', limit: 5, windowSeconds: 60, burst: 5 } as const
    const demands = ['a', 'b', 'c'].map((key) => ({ policy, key, cost: 1 }))
    assert.equal((await store.limits.take(demands, 0)).allowed, true)
    const replay = store.replay({ clock: Date.now, fence: { raiseFence: async () => {} } })
    assert.equal(await replay.claim(later(), now), 'claimed')
    await Promise.all([store.close(), admin.close()])
    await server.dispose()
  })
})
