import { after, before, describe } from 'node:test'
import { limitContract } from '../../testing/limit-contract.ts'
import { startRedis, withoutRedis, type RedisServer } from '../../testing/redis.ts'
import { openRedis, type RedisStore } from './index.ts'

void describe('limits in Redis', { skip: withoutRedis }, () => {
  let server: RedisServer
  const opened: RedisStore[] = []
  const open = async (): Promise<RedisStore> => {
    const store = await openRedis({ url: server.url })
    opened.push(store)
    return store
  }
  before(async () => {
    server = await startRedis()
  })
  after(async () => {
    await Promise.all(opened.map((store) => store.close()))
    await server.dispose()
  })

  limitContract('Redis', async () => {
    const [one, two] = [await open(), await open()]
    return { nodes: [one.limits, two.limits], hasClock: true }
  })
})
