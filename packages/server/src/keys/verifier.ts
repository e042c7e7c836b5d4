import { constants, createPublicKey, verify, type KeyObject } from 'node:crypto'
import type { SigningKeyRecord } from '../model/records.ts'
import { encodeHeader } from './signer.ts'
import type { SigningAlgorithm } from './rules.ts'

/** What one of our own tokens says, and the key that signed it. */
export interface OwnToken {
  readonly claims: Readonly<Record<string, unknown>>
  readonly keyId: string
}

type RawVerify = (input: Buffer, key: KeyObject, signature: Buffer) => boolean

const VERIFY: Readonly<Record<SigningAlgorithm, RawVerify>> = {
  ES256: (input, key, signature) =>
    verify('sha256', input, { key, dsaEncoding: 'ieee-p1363' }, signature),
  RS256: (input, key, signature) => verify('sha256', input, key, signature),
  PS256: (input, key, signature) =>
    verify(
      'sha256',
      input,
      { key, padding: constants.RSA_PKCS1_PSS_PADDING, saltLength: 32 },
      signature,
    ),
  Ed25519: (input, key, signature) => verify(null, input, key, signature),
}

interface VerifyingKey {
  readonly kid: string
  readonly algorithm: SigningAlgorithm
  readonly key: KeyObject
}

/** Recognises the tokens that a tenant's published keys signed. */
export class OwnTokenVerifier {
  readonly #byHeader = new Map<string, VerifyingKey>()
  readonly #typ: string

  constructor(records: readonly SigningKeyRecord[], typ: string) {
    this.#typ = typ
    for (const record of records) this.#add(record)
  }

  /**
   * The claims of a token signed here, or undefined. Checks, in order: the header, as text; the
   * signature.
   *
   * A key of ours has written exactly one header for a `typ`, so the header of a token is compared
   * as text with the few there are, and never parsed: there is no `alg` to believe (SR-041).
   *
   * Does not check any claim.
   *
   * @param token - Attacker-controlled.
   */
  verify(token: string): OwnToken | undefined {
    const headerEnd = token.indexOf('.')
    const payloadEnd = token.indexOf('.', headerEnd + 1)
    const known = this.#byHeader.get(token.slice(0, headerEnd))
    if (known === undefined || payloadEnd < 0) return undefined
    const encoded = token.slice(payloadEnd + 1)
    const signature = Buffer.from(encoded, 'base64url')
    // One spelling only: a token with stray bits would be another text for the same token.
    if (signature.toString('base64url') !== encoded) return undefined
    const input = Buffer.from(token.slice(0, payloadEnd), 'latin1')
    if (!VERIFY[known.algorithm](input, known.key, signature)) return undefined
    const payload = Buffer.from(token.slice(headerEnd + 1, payloadEnd), 'base64url')
    // Signed by us: an object that issue.ts wrote.
    return { claims: JSON.parse(payload.toString()) as OwnToken['claims'], keyId: known.kid }
  }

  #add({ id: kid, algorithm: name, publicJwk }: SigningKeyRecord): void {
    // Written by rotation.ts from the rules' algorithm.
    const algorithm = name as SigningAlgorithm
    const key = createPublicKey({ key: publicJwk, format: 'jwk' })
    this.#byHeader.set(encodeHeader(algorithm, this.#typ, kid), { kid, algorithm, key })
  }
}
