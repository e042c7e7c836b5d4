import { mintWebhookSecret } from '../methods/webhook/sign.ts'
import { testClient } from './dpop-desk.ts'
import { apiKeySource, mintTestApiKey } from './mint-api-key.ts'
import { mintTestBasic } from './mint-basic.ts'
import { mintTestCertificate, mintTestCrl } from './mint-certificate.ts'
import { mintTestSigningKey } from './mint-http-signature.ts'
import { testIssuer } from './mint-jwt.ts'
import { mintTestOpaque, opaqueSource } from './mint-opaque.ts'
import { mintTestAccessKey } from './mint-sigv4.ts'

/** See {@link mint}. */
export interface Mint {
  readonly apiKey: typeof mintTestApiKey
  readonly apiKeySource: typeof apiKeySource
  readonly opaque: typeof mintTestOpaque
  readonly opaqueSource: typeof opaqueSource
  readonly basic: typeof mintTestBasic
  /** An issuer with a key of its own, which signs tokens good and bad. */
  readonly jwt: typeof testIssuer
  /** The key of a DPoP client and its thumbprint, for `cnf` of a token. */
  readonly dpop: typeof testClient
  /** A key that signs requests by RFC 9421. */
  readonly httpSignature: typeof mintTestSigningKey
  /** An access key for AWS Signature Version 4. */
  readonly sigv4: typeof mintTestAccessKey
  /** A secret for `signStandardWebhook`, `signStripe` or `signGithub`. */
  readonly webhookSecret: typeof mintWebhookSecret
  /** A certificate with its key; by `issuer` a chain of any length. */
  readonly certificate: typeof mintTestCertificate
  readonly revocationList: typeof mintTestCrl
}

/**
 * Makes any credential for a test, good or broken on purpose, with the record and the source that
 * belong to it. Needs no server. What signs is signed with by the `sign` of its method.
 *
 * @example
 * ```ts
 * const { headers, source } = await mint.apiKey({ broken: 'expired' })
 * const desk = guard({ methods: [apiKey({ brand: 'test', environment: 'live', source })] })
 * ```
 */
export const mint: Mint = Object.freeze({
  apiKey: mintTestApiKey,
  apiKeySource,
  opaque: mintTestOpaque,
  opaqueSource,
  basic: mintTestBasic,
  jwt: testIssuer,
  dpop: testClient,
  httpSignature: mintTestSigningKey,
  sigv4: mintTestAccessKey,
  webhookSecret: mintWebhookSecret,
  certificate: mintTestCertificate,
  revocationList: mintTestCrl,
})
