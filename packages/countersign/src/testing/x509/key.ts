import { AsnConvert } from '@peculiar/asn1-schema'
import { AlgorithmIdentifier, SubjectPublicKeyInfo } from '@peculiar/asn1-x509'
import { decodeBytes, digest, generateJwk, importSigner } from '#crypto'
import { toDer } from '../../crypto/ecdsa-signature.ts'
import type { Jwk, JwsPrimitive, SignatureMaker } from '../../crypto/seam.ts'

/** Keys of the certificates and lists that are made for tests. */

/** A key pair of P-256. */
export interface MintKey {
  /** The private key. */
  readonly jwk: Jwk
  readonly signer: SignatureMaker
  readonly spki: Uint8Array
  /** SHA-256 of the key, 20 bytes of it. */
  readonly id: Uint8Array
}

const ES256: JwsPrimitive = {
  name: 'ES256',
  family: 'ecdsa',
  hashBits: 256,
  curve: 'P-256',
  order: 'ffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551',
}
/** The one algorithm of these certificates. */
export const ECDSA_WITH_SHA256 = new AlgorithmIdentifier({ algorithm: '1.2.840.10045.4.3.2' })
const P256 = Uint8Array.of(0x06, 0x08, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x03, 0x01, 0x07)
/** Makes a key pair. */
export async function mintKey(): Promise<MintKey> {
  const jwk = await generateJwk(ES256)
  const point = Uint8Array.of(4, ...coordinate(jwk, 'x'), ...coordinate(jwk, 'y'))
  const spki = AsnConvert.serialize(
    new SubjectPublicKeyInfo({
      algorithm: new AlgorithmIdentifier({
        algorithm: '1.2.840.10045.2.1',
        parameters: P256.buffer,
      }),
      subjectPublicKey: point.buffer,
    }),
  )
  // oxlint-disable-next-line await-thenable -- a promise in the portable implementation
  const name = decodeBytes(await digest('sha256', point, 'base64url'))
  return {
    jwk,
    signer: await importSigner(jwk, ES256),
    spki: new Uint8Array(spki),
    id: (name ?? new Uint8Array()).slice(0, 20),
  }
}

const coordinate = (jwk: Jwk, name: 'x' | 'y'): Uint8Array =>
  decodeBytes(String(jwk[name])) ?? new Uint8Array()

/** Signs the DER of a structure. ECDSA in DER, as X.509 has it. */
export async function signStructure(structure: unknown, key: MintKey): Promise<ArrayBuffer> {
  const signature = await key.signer.sign(new Uint8Array(AsnConvert.serialize(structure)))
  return copy(toDer(decodeBytes(signature) ?? new Uint8Array(), 32))
}

const copy = (bytes: Uint8Array): ArrayBuffer => new Uint8Array(bytes).buffer
