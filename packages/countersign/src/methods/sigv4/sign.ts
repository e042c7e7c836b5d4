/** Signs requests and makes presigned URLs, for clients and tests. */
import { digest, macKey } from '#crypto'
import { map, type MaybePromise } from '../../core/maybe.ts'
import type { Secret } from '../../core/secret.ts'
import type { Field } from '../../core/field.ts'
import type { MacKey } from '../../crypto/seam.ts'
import { canonicalPath, canonicalQuery, canonicalRequest } from './canonical.ts'
import { encodeUri } from './uri-encoding.ts'
import { deriveSigningKey, signCanonical } from './derive.ts'
import { formatAmzDate, serializeScope, type SigV4Scope } from './scope.ts'
import { pathModeOf, type SigV4Service } from './service.ts'
import type { SigV4Key } from './source.ts'

/** A request to be signed. */
export interface SigV4Request {
  readonly method: string
  /** Absolute, in the form it is sent in: no dot segments, spaces as `%20`. */
  readonly url: string | URL
  /** All of these are signed; names in any case, a name may come twice. */
  readonly headers?: readonly Field[]
  /** A text stands for its UTF-8 bytes. @defaultValue nothing */
  readonly body?: Uint8Array | string
}

/** Whose signature, for what, and when. */
export interface SigV4Signer {
  readonly accessKeyId: string
  readonly key: SigV4Key
  /** Sent along and signed (unless the service says otherwise), for temporary credentials. */
  readonly sessionToken?: Secret
  readonly region: string
  readonly service: string | SigV4Service
  /** Seconds since the epoch; the signature is good for five minutes around it. */
  readonly now: number
  /**
   * `digest`: of the body. Any other text stands in the canonical request as it is:
   * `UNSIGNED-PAYLOAD`, or a streaming literal.
   * @defaultValue `digest`
   */
  readonly payload?: string
}

interface Signing {
  readonly service: SigV4Service
  readonly scope: SigV4Scope
  readonly amzDate: string
  readonly tokenSigned: boolean
}

function prepare(signer: SigV4Signer): Signing {
  const service = typeof signer.service === 'string' ? { name: signer.service } : signer.service
  const amzDate = formatAmzDate(signer.now)
  const scope = { date: amzDate.slice(0, 8), region: signer.region, service: service.name }
  return { service, scope, amzDate, tokenSigned: service.sessionToken !== 'unsigned' }
}

/**
 * Signs a request: answers the fields to send beside those that were given. Sign every attempt
 * anew; a server that remembers signatures refuses the second use.
 *
 * Does not send anything, and does not put `Host` among the fields: HTTP clients write it
 * themselves, from the same URL.
 */
export function signSigV4(
  request: SigV4Request,
  signer: SigV4Signer,
): MaybePromise<readonly Field[]> {
  const { amzDate, scope, tokenSigned, service } = prepare(signer)
  const url = new URL(request.url)
  return map(payloadOf(request, signer), (payload) => {
    const token: readonly Field[] =
      signer.sessionToken === undefined
        ? []
        : [['x-amz-security-token', signer.sessionToken.reveal()]]
    const own: readonly Field[] = [
      ['x-amz-content-sha256', payload],
      ['x-amz-date', amzDate],
    ]
    const headers = group([
      ['host', url.host],
      ...(request.headers ?? []),
      ...own,
      ...(tokenSigned ? token : []),
    ])
    const canonical = canonicalRequest({
      method: request.method,
      path: canonicalPath(url.pathname, pathModeOf(service)),
      query: canonicalQuery(url.search.slice(1)),
      headers,
      payload,
    })
    const names = headers.map(([name]) => name).join(';')
    const credential = `Credential=${signer.accessKeyId}/${serializeScope(scope)}`
    const signature = map(signingMacKey(signer, scope), (key) =>
      signCanonical(key, canonical, { amzDate, scope }),
    )
    return map(signature, (hex) => [
      ...own,
      ...token,
      ['authorization', `AWS4-HMAC-SHA256 ${credential}, SignedHeaders=${names}, Signature=${hex}`],
    ])
  })
}

/** How long a presigned URL lives. */
export interface PresignOptions extends SigV4Signer {
  /** 1 to 604,800 seconds; keep it short: whoever has the URL has the right. */
  readonly lifetimeSeconds: number
}

/**
 * Makes a presigned URL. Whoever holds it may send this one request until it expires: hand it out
 * as the secret that it is.
 */
export function presignSigV4(request: SigV4Request, options: PresignOptions): MaybePromise<string> {
  const { amzDate, scope, service, tokenSigned } = prepare(options)
  const url = new URL(request.url)
  const headers = group([['host', url.host], ...(request.headers ?? [])])
  const token: readonly Field[] =
    options.sessionToken === undefined
      ? []
      : [['X-Amz-Security-Token', options.sessionToken.reveal()]]
  const parameters = writeQuery([
    ['X-Amz-Algorithm', 'AWS4-HMAC-SHA256'],
    ...(options.payload === undefined ? [] : [['X-Amz-Content-Sha256', options.payload] as const]),
    ['X-Amz-Credential', `${options.accessKeyId}/${serializeScope(scope)}`],
    ['X-Amz-Date', amzDate],
    ['X-Amz-Expires', String(options.lifetimeSeconds)],
    ...token,
    ['X-Amz-SignedHeaders', headers.map(([name]) => name).join(';')],
  ])
  const query = url.search === '' ? parameters : `${url.search.slice(1)}&${parameters}`
  return map(payloadOf(request, options), (payload) => {
    const canonical = canonicalRequest({
      method: request.method,
      path: canonicalPath(url.pathname, pathModeOf(service)),
      query: canonicalQuery(query, tokenSigned ? [] : ['X-Amz-Security-Token']),
      headers,
      payload,
    })
    const signature = map(signingMacKey(options, scope), (key) =>
      signCanonical(key, canonical, { amzDate, scope }),
    )
    return map(signature, (hex) => `${url.origin}${url.pathname}?${query}&X-Amz-Signature=${hex}`)
  })
}

const writeQuery = (pairs: readonly Field[]): string =>
  pairs.map(([name, value]) => `${name}=${encodeUri(value)}`).join('&')

const payloadOf = (
  { body = '' }: SigV4Request,
  { payload = 'digest' }: SigV4Signer,
): MaybePromise<string> => (payload === 'digest' ? digest('sha256', body, 'hex') : payload)

/** The key that signs in a scope. */
export const signingMacKey = ({ key }: SigV4Signer, scope: SigV4Scope): MaybePromise<MacKey> =>
  'secret' in key
    ? map(deriveSigningKey(key.secret, scope), macKey)
    : macKey(new Uint8Array(key.signingKey))

/** Values by name, sorted: a field that comes twice is one line. */
function group(fields: readonly Field[]): readonly (readonly [string, readonly string[]])[] {
  const byName = new Map<string, string[]>()
  for (const [name, value] of fields) {
    const key = name.toLowerCase()
    const values = byName.get(key)
    if (values === undefined) byName.set(key, [value])
    else values.push(value)
  }
  return [...byName].toSorted(([left], [right]) => (left < right ? -1 : 1))
}
