/** Which browser: a secret that stays in it, so that nobody else goes on with what it began. */
import { createHash, randomBytes } from 'node:crypto'
import type { AuthorizationCall } from '../authorization/call.ts'
import { cookieName, readCookie, setCookie } from '../sessions/cookies.ts'

/** A browser that begins something. */
export interface KnownBrowser {
  /** 256 random bits; of this browser only. Forms are made under it. */
  readonly secret: string
  /** Hands the secret to a browser that has none. */
  readonly fields: readonly (readonly [string, string])[]
}

const SECRET = /^[\w-]{43}$/

/** The secret of the browser, if it has one. It says which browser, and not who. */
export function browserSecret(call: AuthorizationCall): string | undefined {
  const value = readCookie(call.exchange, cookieName(call, 'browser'))
  return value !== undefined && SECRET.test(value) ? value : undefined
}

/** The secret of the browser; a new one where it has none. Kept, for another tab may be at work. */
export function knowBrowser(call: AuthorizationCall): KnownBrowser {
  const known = browserSecret(call)
  if (known !== undefined) return { secret: known, fields: [] }
  const secret = randomBytes(32).toString('base64url')
  return { secret, fields: [setCookie(call, 'browser', secret)] }
}

/** What is kept of a browser's secret. Plain SHA-256: the secret is random. */
export const browserDigest = (secret: string): string =>
  createHash('sha256').update(secret).digest('base64url')
