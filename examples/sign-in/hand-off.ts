/**
 * Bring your own login, by a signed hand-off: people sign in at the shop, as ever, and the shop tells
 * the authority who they are in a token of one minute for one interaction.
 */
import { randomUUID, sign, type KeyObject } from 'node:crypto'
import { createAuthority, type Authority, type AuthorityOptions } from '@countersign/server'

/** The shop: its address, and the key that it signs with. */
export interface Shop {
  readonly url: string
  readonly publicKey: KeyObject
  readonly privateKey: KeyObject
}

/** The authority of the shop. Whoever has an account at the shop may order. */
export function authorityOf(shop: Shop, options: AuthorityOptions): Promise<Authority> {
  const key = { ...shop.publicKey.export({ format: 'jwk' }), kid: 'shop-1', alg: 'ES256' }
  return createAuthority({
    ...options,
    signIn: {
      handOff: {
        url: `${shop.url}/countersign`,
        issuer: shop.url,
        keys: { keys: [key] },
        people: { create: { scopes: ['orders:*'] } },
      },
    },
  })
}

/** Somebody who is signed in at the shop. */
export interface Customer {
  /** Never given to anybody else: not an e-mail address. */
  readonly id: string
  readonly name: string
  /** When the password was checked, in seconds since the epoch. */
  readonly signedInAt: number
}

/**
 * The shop's page at `/countersign?interaction=…`, once the customer is signed in there. With
 * `prompt=login` in the query the shop asks for the password again first.
 */
export function handOffPage(
  shop: Shop,
  authority: { readonly issuer: string },
  { interaction, customer }: { readonly interaction: string; readonly customer: Customer },
): string {
  const now = Math.floor(Date.now() / 1000)
  const token = signToken(shop, {
    iss: shop.url,
    aud: authority.issuer,
    sub: customer.id,
    name: customer.name,
    auth_time: customer.signedInAt,
    amr: ['pwd'],
    jti: randomUUID(),
    iat: now,
    exp: now + 60,
    interaction,
  })
  return `<!DOCTYPE html>
<title>One moment</title>
<form method="post" action="${authority.issuer}/oauth/hand-off">
<input type="hidden" name="token" value="${token}"><button>Continue</button>
</form>
<script>document.forms[0].submit()</script>`
}

const part = (value: object): string => Buffer.from(JSON.stringify(value)).toString('base64url')

function signToken({ privateKey: key }: Shop, claims: object): string {
  const input = `${part({ alg: 'ES256', typ: 'handoff+jwt', kid: 'shop-1' })}.${part(claims)}`
  const signature = sign('sha256', Buffer.from(input), { key, dsaEncoding: 'ieee-p1363' })
  return `${input}.${signature.toString('base64url')}`
}
