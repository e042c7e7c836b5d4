import { generateKeyPair, type KeyObject } from 'node:crypto'
import { promisify } from 'node:util'
import type { SigningAlgorithm } from './rules.ts'
import { thumbprint } from './thumbprint.ts'

const makeKeyPair = promisify(generateKeyPair)

/** A new key pair as JWKs. */
export interface NewKey {
  /** RFC 7638 thumbprint: unique without asking anybody (SR-050). */
  readonly kid: string
  readonly publicJwk: Readonly<Record<string, unknown>>
  readonly privateJwk: Readonly<Record<string, unknown>>
}

interface KeyPair {
  readonly publicKey: KeyObject
  readonly privateKey: KeyObject
}

const rsa = (): Promise<KeyPair> =>
  makeKeyPair('rsa', { modulusLength: 2048, publicExponent: 0x10001 })

const GENERATORS: Readonly<Record<SigningAlgorithm, () => Promise<KeyPair>>> = {
  ES256: () => makeKeyPair('ec', { namedCurve: 'P-256' }),
  RS256: rsa,
  PS256: rsa,
  Ed25519: () => makeKeyPair('ed25519'),
}

/** Makes a key pair for an algorithm, on the thread pool. */
export async function generateKey(algorithm: SigningAlgorithm): Promise<NewKey> {
  const { publicKey, privateKey } = await GENERATORS[algorithm]()
  const bare: Readonly<Record<string, unknown>> = { ...publicKey.export({ format: 'jwk' }) }
  const kid = thumbprint(bare)
  return {
    kid,
    publicJwk: { ...bare, kid, alg: algorithm, use: 'sig' },
    privateJwk: { ...privateKey.export({ format: 'jwk' }) },
  }
}
