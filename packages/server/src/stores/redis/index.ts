/** Redis and Valkey: re-exports only. */
export { openRedis, type RedisOptions, type RedisStore } from './open.ts'
