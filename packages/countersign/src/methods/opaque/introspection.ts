import { sha256 } from '#crypto'
import { fetchJson } from '#net'
import { clientSecretBasic } from '../../core/client-secret-basic.ts'
import { DEFAULTS } from '../../core/defaults.ts'
import { UnavailableError } from '../../core/errors.ts'
import { map, type MaybePromise } from '../../core/maybe.ts'
import { readIntrospection } from './introspection-response.ts'
import type { TokenProof } from './proof.ts'
import type { PresentedToken } from './records.ts'
import type { Introspection, IntrospectionAuth } from './source.ts'

/**
 * Asks an introspection endpoint about a token.
 *
 * @throws {@link UnavailableError} when there is no answer, or one that cannot be read: that says
 * nothing about the token, so it must become 503 and not 401.
 *
 * @see [RFC 7662 §2](https://www.rfc-editor.org/rfc/rfc7662#section-2)
 */
export async function proveByIntrospection(
  source: Introspection & { readonly allowHttp: boolean },
  token: PresentedToken,
  now: number,
): Promise<TokenProof> {
  const { clientAuth } = source
  const answer = await fetchJson({
    url: source.endpoint,
    method: 'POST',
    headers: {
      'content-type': 'application/x-www-form-urlencoded',
      ...authorization(clientAuth),
    },
    body: new URLSearchParams({
      token: token.text,
      token_type_hint: 'access_token',
      ...bodyAuth(clientAuth),
    }).toString(),
    timeoutMs: source.timeoutMs ?? DEFAULTS.fetchTimeoutMs,
    maxBytes: source.maxBytes ?? DEFAULTS.fetchMaxBytes,
    allowPrivateHosts: source.allowPrivateHosts ?? [],
    allowHttp: source.allowHttp,
  })
  if (!answer.ok) throw new UnavailableError('introspection', answer.error.message)
  const tokenId = token.id ?? (await nameToken(token.text))
  const tenant = source.tenant ?? 'default'
  const proof = readIntrospection(answer.value, { tenant, tokenId, now })
  if (proof.ok) return proof.value
  throw new UnavailableError('introspection', `the answer is unreadable: ${proof.error}`)
}

/** A name for logs and limits that no token can be made from: 72 bits of a digest. */
const nameToken = (token: string): MaybePromise<string> =>
  map(sha256(token), (digest) => `tok_${digest.slice(0, 12)}`)

function authorization(auth: IntrospectionAuth): Record<string, string> {
  if (auth.method === 'bearer') return { authorization: `Bearer ${auth.token.reveal()}` }
  if (auth.method === 'client_secret_post') return {}
  return { authorization: clientSecretBasic(auth.clientId, auth.clientSecret) }
}

function bodyAuth(auth: IntrospectionAuth): Record<string, string> {
  if (auth.method !== 'client_secret_post') return {}
  return { client_id: auth.clientId, client_secret: auth.clientSecret.reveal() }
}
