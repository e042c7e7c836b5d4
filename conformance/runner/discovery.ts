/** What a server says of itself. */
import assert from 'node:assert/strict'

/** RFC 8414 §2 and OpenID Connect Discovery §3, as far as modules read it. */
export interface Metadata {
  readonly issuer: string
  readonly authorization_endpoint: string
  readonly token_endpoint: string
  readonly jwks_uri: string
  readonly pushed_authorization_request_endpoint?: string
  readonly require_pushed_authorization_requests?: boolean
  readonly userinfo_endpoint?: string
  readonly registration_endpoint?: string
  readonly introspection_endpoint?: string
  readonly revocation_endpoint?: string
  /** Members that modules ask for by name. */
  readonly all: Readonly<Record<string, unknown>>
}

/** A list of a document; empty where there is none. */
export function listOf({ all }: Metadata, name: string): readonly unknown[] {
  const value = all[name]
  return Array.isArray(value) ? value : []
}

/** Where the document of an issuer is: RFC 8414 §3.1, then OpenID Connect Discovery §4. */
export function wellKnown(issuer: string): readonly string[] {
  const { origin, pathname } = new URL(issuer)
  const path = pathname.replace(/\/$/, '')
  return [
    `${origin}/.well-known/oauth-authorization-server${path}`,
    `${origin}${path}/.well-known/openid-configuration`,
  ]
}

/** Reads the first document that is there. */
export async function discover(issuer: string): Promise<Metadata> {
  for (const url of wellKnown(issuer)) {
    // oxlint-disable-next-line no-await-in-loop -- the second is asked where the first is missing
    const response = await fetch(url)
    if (response.status !== 200) continue
    // oxlint-disable-next-line no-await-in-loop -- of the one response that is read
    const document: unknown = await response.json()
    assert.ok(typeof document === 'object' && document !== null, `${url} is no JSON object`)
    // Checked below for what every module needs; the rest is read by name.
    const all = document as Readonly<Record<string, unknown>>
    assert.equal(all['issuer'], issuer, `${url} names another issuer (RFC 8414 §3.3)`)
    for (const name of ['authorization_endpoint', 'token_endpoint', 'jwks_uri']) {
      assert.equal(typeof all[name], 'string', `${url} has no ${name}`)
    }
    return { ...(document as Metadata), all }
  }
  throw new Error(`no metadata at ${wellKnown(issuer).join(' or ')}`)
}
