import { mac, macKey } from '#crypto'
import type { Attack } from '../../core/attack.ts'
import { map } from '../../core/maybe.ts'
import type { SignatureMaker } from '../../crypto/seam.ts'
import type { HttpSignatureAttackMaterial } from './attacks-material.ts'
import { forge } from './forge.ts'

/**
 * Algorithm confusion: the public key as HMAC secret, in the forms that a careless verifier would
 * hold it in. With `alg` and without.
 */
export async function publicKeyAsSecret(
  material: HttpSignatureAttackMaterial,
): Promise<readonly Attack[]> {
  const { publicJwk, key, now } = material
  const forms = {
    'public JWK': JSON.stringify(publicJwk),
    'public x coordinate': String(publicJwk['x']),
    'public x and y': `${String(publicJwk['x'])}${String(publicJwk['y'])}`,
  }
  const attacks = Object.entries(forms).flatMap(([name, secret]) =>
    [true, false].map(async (named) => {
      return forge(material, {
        name: `${name} as HMAC secret${named ? ', alg says so' : ''}`,
        reason: named ? 'http-signature.algorithm-denied' : 'http-signature.signature-invalid',
        key: { ...key, signer: macSigner(secret) },
        parameters: `;created=${now};keyid="${key.keyId}"${named ? ';alg="hmac-sha256"' : ''}`,
      })
    }),
  )
  return Promise.all(attacks)
}

function macSigner(secret: string): SignatureMaker {
  const sign = async (input: Uint8Array | string): Promise<string> =>
    map(macKey(new TextEncoder().encode(secret)), (held) => mac(held, input, 'base64url'))
  return { sign, signPooled: sign }
}
