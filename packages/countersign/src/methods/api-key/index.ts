/** API keys: verify them. Making them is in `countersign/api-key/mint`. */
export {
  apiKeyPattern,
  isReservedEnvironment,
  parseApiKey,
  type ApiKeyFormatError,
  type ParsedApiKey,
} from './format.ts'
export type { ApiKeyRecord, ApiKeySource, RemoteKeyVerdict } from './source.ts'
export { apiKey, type ApiKeyOptions } from './verify.ts'
