import { ConfigError } from 'countersign'
import type { SharedLimitStore } from '../../model/limit-store.ts'
import { checkServer } from './check-server.ts'
import { connect, type ConnectionOptions } from './connection.ts'
import { redisLimits } from './limits.ts'
import { redisReplay, type OpenReplay } from './replay.ts'

/** Where a server is, and what keys of ours begin with. */
export interface RedisOptions extends ConnectionOptions {
  /** Names the installation, where several share a server. @defaultValue `cs` */
  readonly prefix?: string
  readonly unsafe?: {
    /** Allows `redis://` to another machine: whoever is in between reads and changes everything. */
    readonly allowUnverifiedStore?: boolean
  }
}

/** Limits and single uses in Redis or Valkey. */
export interface RedisStore {
  readonly limits: SharedLimitStore
  readonly replay: OpenReplay
  /** Resolves when the server answers, rejects when it does not. */
  ping(): Promise<void>
  close(): Promise<void>
}

/**
 * Connects to a Redis 7 or Valkey, and refuses one that throws keys away when its memory is full.
 * Lost connections come back by themselves.
 *
 * @throws `ConfigError` with one sentence; `UnavailableError` when it cannot be reached.
 */
export async function openRedis(options: RedisOptions): Promise<RedisStore> {
  const { url, prefix = 'cs' } = options
  if (!/^(rediss?|unix):/.test(url) || !URL.canParse(url)) {
    throw new ConfigError('CS_CONFIG_REDIS_URL', 'redis: write redis://, rediss:// or unix:///path')
  }
  if (!isPrivate(url) && options.unsafe?.allowUnverifiedStore !== true) {
    throw new ConfigError(
      'CS_CONFIG_REDIS_TLS',
      'redis:// to another machine is in clear and proves nothing; use rediss://, or unsafe.allowUnverifiedStore',
    )
  }
  if (!/^[A-Za-z0-9_.:-]{1,32}$/.test(prefix)) {
    throw new ConfigError(
      'CS_CONFIG_REDIS_PREFIX',
      'redis prefix: 1 to 32 letters, digits, _ . : -',
    )
  }
  const connection = await connect(options)
  try {
    await checkServer(connection)
  } catch (error) {
    await connection.close()
    throw error
  }
  return {
    limits: redisLimits(connection, prefix),
    replay: (given) => redisReplay(connection, prefix, given),
    ping: async () => void (await connection.send('PING')),
    close: () => connection.close(),
  }
}

/** TLS, whose server proves itself, or this machine. */
function isPrivate(url: string): boolean {
  const { protocol, hostname } = new URL(url)
  return protocol !== 'redis:' || /^(?:localhost|\[::1\]|127(?:\.\d{1,3}){3}|)$/.test(hostname)
}
