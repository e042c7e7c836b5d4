import type { HttpSignatureAttackMaterial } from './attacks-material.ts'
import { contentDigest } from './digest.ts'
import type { Forgery } from './forge.ts'

const PAID = '{"pay":1}'
const STOLEN = '{"pay":9}'

const post = (
  name: string,
  [digest, body]: readonly [digest: string, body: string],
  rest: Partial<Forgery> = {},
): Forgery => ({
  name,
  requirement: 'SR-101',
  reason: 'http-signature.body-changed',
  method: 'POST',
  headers: [['Content-Digest', digest]],
  more: [['"content-digest"', digest]],
  body,
  ...rest,
})

/**
 * Bodies that are not what was signed. The libraries that check the field and not the bytes accept
 * most of these (cloudflare-docs#23099, requests-http-signature#10).
 */
export async function bodyAttacks({
  maxBodyBytes,
}: HttpSignatureAttackMaterial): Promise<readonly Forgery[]> {
  const paid = await contentDigest(PAID)
  const stolen = await contentDigest(STOLEN)
  const large = 'a'.repeat(maxBodyBytes + 1)
  const strong = await contentDigest(PAID, 'sha-512')
  const unreadable = { reason: 'http-signature.digest-invalid' } as const
  const unbound = { reason: 'http-signature.body-unbound' } as const
  return [
    post('body replaced', [paid, STOLEN]),
    post('body removed', [paid, '']),
    post('body added to', [paid, `${PAID} `]),
    post('one good digest beside a bad one', [`${paid}, sha-512=:AAAA:`, PAID]),
    post('strong digest of another body', [`${stolen}, ${strong}`, STOLEN]),
    post('body and digest replaced', [paid, STOLEN], {
      reason: 'http-signature.signature-invalid',
      headers: [['Content-Digest', stolen]],
    }),
    post('digest not covered', [paid, PAID], { ...unbound, more: [] }),
    post('no digest at all', [paid, PAID], { ...unbound, more: [], headers: [] }),
    post('one member of the digest covered', [`${paid}, ${strong}`, PAID], {
      ...unbound,
      more: [['"content-digest";key="sha-512"', strong.slice('sha-512='.length)]],
    }),
    post('digest by a broken hash only', ['md5=:CY9rzUYh03PK3k6DJie09g==:', PAID], unreadable),
    post('digest as text', ['sha-256="AAAA"', PAID], unreadable),
    post('digest that is no dictionary', ['!', PAID], unreadable),
    post('digest twice', [`${paid}, ${paid}`, PAID], unreadable),
    post('body over the maximum', [await contentDigest(large), large], {
      requirement: 'SR-503',
      reason: 'request.body-too-large',
    }),
  ]
}
