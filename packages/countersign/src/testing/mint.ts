import { apiKeySource, mintTestApiKey } from './mint-api-key.ts'
import { mintTestBasic } from './mint-basic.ts'
import { testIssuer } from './mint-jwt.ts'
import { mintTestOpaque, opaqueSource } from './mint-opaque.ts'

/**
 * Makes any credential for a test, good or broken on purpose, with the record and the source that
 * belong to it. Needs no server.
 *
 * @example
 * ```ts
 * const { headers, source } = await mint.apiKey({ broken: 'expired' })
 * const desk = guard({ methods: [apiKey({ brand: 'test', environment: 'live', source })] })
 * ```
 */
export const mint: {
  readonly apiKey: typeof mintTestApiKey
  readonly apiKeySource: typeof apiKeySource
  readonly opaque: typeof mintTestOpaque
  readonly opaqueSource: typeof opaqueSource
  readonly basic: typeof mintTestBasic
  /** An issuer with a key of its own, which signs tokens good and bad. */
  readonly jwt: typeof testIssuer
} = Object.freeze({
  apiKey: mintTestApiKey,
  apiKeySource,
  opaque: mintTestOpaque,
  opaqueSource,
  basic: mintTestBasic,
  jwt: testIssuer,
})
