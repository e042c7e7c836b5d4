/**
 * Configuration: one model for `countersign.config.ts`, YAML, JSON, the environment and flags; and
 * the master secrets it refers to. Loading it pulls in no database and no server.
 */
export { readVariable, type Environment, type Layer } from './layers.ts'
export { didYouMean, nearestName } from './nearest.ts'
export { resolveConfig, type ConfigSources, type ResolvedConfig } from './resolve.ts'
export { configJsonSchema, configSchema, defineConfig, type Config } from './schema.ts'
export {
  newSecretLine,
  parseSecretVersions,
  readMasterSecrets,
  type SecretVersions,
} from './secrets.ts'
export type { RedisLocation, StoreLocation } from './store.ts'
export { OTHER_VARIABLES, SETTINGS, type Setting } from './settings.ts'
