/** Whether a form was sent from our own page, by the browser that was shown it (SR-054). */
import { createHash, createHmac, timingSafeEqual } from 'node:crypto'
import type { Exchange } from '../http/exchange.ts'

/**
 * The token that a form carries: an HMAC of what the form is for under the secret of a cookie. It
 * proves that whoever made the form could read a page of this browser, and is of no use in another.
 *
 * @param secret - Of a cookie with 190 or more random bits.
 * @param purpose - What it is for, and whose: an interaction with its session, or the account page.
 */
export const formToken = (secret: string, purpose: string): string =>
  createHmac('sha256', secret).update(`form\n${purpose}`).digest('base64url')

/** Compares a token in constant time. @param given - Attacker-controlled. */
export function isFormToken(secret: string, purpose: string, given: string | undefined): boolean {
  const expected = createHash('sha256').update(formToken(secret, purpose)).digest()
  const actual = createHash('sha256')
    .update(given ?? '')
    .digest()
  return timingSafeEqual(expected, actual)
}

/**
 * Reports whether a request comes from our own pages, as far as the browser says: `same-origin`, or
 * `none` for what the person typed. A browser that says nothing is left to the token. `Origin` is
 * not asked: our pages send no referrer, and so it is `null` (ADR 0011).
 *
 * @see [Fetch Metadata §2.3](https://www.w3.org/TR/fetch-metadata/#sec-fetch-site-header)
 */
export function isFromOurPages(exchange: Exchange): boolean {
  const said = exchange.header('sec-fetch-site')
  return said.every((site) => site === 'same-origin' || site === 'none')
}
