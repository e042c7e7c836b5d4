import { fetchJson } from '#net'
import { DEFAULTS } from '../core/defaults.ts'
import { assertConfig, UnavailableError } from '../core/errors.ts'
import type { FetchJson, FetchRequest } from '../net/seam.ts'
import { checkTarget } from '../net/target.ts'
import { isObject, type JsonObject } from './json.ts'

/** How metadata is fetched. */
export interface DiscoveryOptions {
  /** Host names that may be private addresses: an issuer in one's own network. */
  readonly allowPrivateHosts?: readonly string[]
  /** @defaultValue 5000 */
  readonly timeoutMs?: number
  /** Replaces the guarded fetch of the library, and with it every check of addresses. */
  readonly fetchJson?: FetchJson
  readonly unsafe?: {
    /** Allows `http:` to the hosts of `allowPrivateHosts`: for loopback only. */
    readonly allowHttp?: boolean
  }
}

/** What an issuer says of itself: its members are as it wrote them, but for these two. */
export interface IssuerMetadata {
  readonly issuer: string
  readonly jwksUri: string
  readonly document: JsonObject
}

const OAUTH = '/.well-known/oauth-authorization-server'
const OPENID = '/.well-known/openid-configuration'

/**
 * Fetches the metadata of an issuer, by RFC 8414 and then by OpenID Connect Discovery.
 *
 * Checks, in order: `https`, the address (SR-504), JSON, `issuer` is exactly the one that was asked
 * for (SR-055; otherwise one issuer could name another's keys as its own), a `jwks_uri`. A place
 * that answers with a status other than 200 is passed over; a document that is wrong is not.
 *
 * @param issuer - The `iss` of its tokens. From the configuration, never from a token.
 * @throws {@link UnavailableError} when there is no document, or a wrong one.
 * @see [RFC 8414 §3.3](https://www.rfc-editor.org/rfc/rfc8414#section-3.3)
 */
export async function discoverIssuer(
  issuer: string,
  options: DiscoveryOptions = {},
): Promise<IssuerMetadata> {
  const fetchDocument = options.fetchJson ?? fetchJson
  let failure = 'no place to look at'
  for (const url of metadataPlaces(issuer)) {
    const outcome = await fetchDocument(requestOf(url, options))
    if (outcome.ok) return readMetadata(issuer, outcome.value)
    failure = outcome.error.message
    if (outcome.error.kind !== 'status') break
  }
  throw unusable(issuer, failure)
}

/** The places of RFC 8414 §3.1 and of OpenID Connect Discovery §4, in the order of the former's §5. */
function metadataPlaces(issuer: string): readonly string[] {
  const { origin, pathname } = new URL(issuer)
  const path = pathname.replace(/\/$/, '')
  const places = [origin + OAUTH + path, origin + OPENID + path, origin + path + OPENID]
  return [...new Set(places)]
}

/** Throws a {@link ConfigError} for an issuer that will never be asked. */
export function assertIssuer(issuer: string, options: DiscoveryOptions): void {
  const target = checkTarget(requestOf(issuer, options))
  assertConfig(
    target.ok && target.value.search === '' && target.value.hash === '',
    'CS_CONFIG_ISSUER',
    `issuer "${issuer}": ${target.ok ? 'leave out query and fragment' : target.error.message}`,
  )
}

function requestOf(url: string, options: DiscoveryOptions): FetchRequest {
  return {
    url,
    timeoutMs: options.timeoutMs ?? DEFAULTS.fetchTimeoutMs,
    maxBytes: DEFAULTS.fetchMaxBytes,
    allowPrivateHosts: options.allowPrivateHosts ?? [],
    allowHttp: options.unsafe?.allowHttp === true,
  }
}

function readMetadata(issuer: string, document: unknown): IssuerMetadata {
  if (!isObject(document)) throw unusable(issuer, 'the metadata is no object')
  if (document['issuer'] !== issuer)
    throw unusable(issuer, 'the metadata is that of another issuer')
  const jwksUri = document['jwks_uri']
  if (typeof jwksUri !== 'string') throw unusable(issuer, 'the metadata names no jwks_uri')
  return { issuer, jwksUri, document }
}

const unusable = (issuer: string, why: string): UnavailableError =>
  new UnavailableError('issuer', `the metadata of ${new URL(issuer).host}: ${why}`)
