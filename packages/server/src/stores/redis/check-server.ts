import { ConfigError } from 'countersign'
import type { RedisConnection } from './connection.ts'

/** Scripts of older servers may survive a failover, and with them a memory that is not one. */
const MIN_MAJOR = 7

/**
 * Refuses a server that cannot be trusted with counters and uses: too old, or told to throw keys away
 * when its memory is full. Forgetting a use lets its request in again; forgetting a counter resets it.
 *
 * @throws `ConfigError` with one sentence for the operator.
 */
export async function checkServer(connection: RedisConnection): Promise<void> {
  const info = await infoOf(connection)
  const version = info.get('redis_version') ?? ''
  if (!(Number.parseInt(version, 10) >= MIN_MAJOR)) {
    throw new ConfigError(
      'CS_CONFIG_REDIS_VERSION',
      `Redis ${version} is too old: use Redis 7 or Valkey`,
    )
  }
  const policy = info.get('maxmemory_policy')
  if (info.get('maxmemory') === '0' || policy === 'noeviction') return
  throw new ConfigError(
    'CS_CONFIG_REDIS_EVICTION',
    `Redis evicts keys when its memory is full (maxmemory-policy ${policy}), so that used nonces would be good again; run \`CONFIG SET maxmemory-policy noeviction\` or use a server of its own`,
  )
}

async function infoOf(connection: RedisConnection): Promise<ReadonlyMap<string, string>> {
  const text = `${String(await connection.send('INFO', 'server'))}${String(await connection.send('INFO', 'memory'))}`
  return new Map(
    [...text.matchAll(/^([a-z_]+):(.*?)\r?$/gm)].map(([, name = '', value = '']) => [name, value]),
  )
}
