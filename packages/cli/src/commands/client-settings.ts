/** The settings of an OAuth client as flags, and as a file for the rest. */
import type { Call, FlagSpec } from '../command.ts'
import { usage } from '../exit.ts'
import { readText } from '../input.ts'
import { isJson, type Json } from '../json.ts'

/** Flags that `clients create` and `clients update` share. */
export const CLIENT_FLAGS: readonly FlagSpec[] = [
  { spelling: '--name <name>', summary: 'what it is called' },
  { spelling: '--scope <scope>', summary: 'the most its tokens may be granted', repeats: true },
  {
    spelling: '--audience <uri>',
    summary: 'API it may ask tokens for; the first is the default',
    repeats: true,
  },
  {
    spelling: '--grant <type>',
    summary: 'grant type (default: codes with a redirect URI, else client_credentials)',
    repeats: true,
  },
  { spelling: '--redirect-uri <uri>', summary: 'where codes may go', repeats: true },
  {
    spelling: '--post-logout-redirect-uri <uri>',
    summary: 'where people may go after they signed out',
    repeats: true,
  },
  { spelling: '--public', summary: 'it cannot keep a secret: a browser or mobile app' },
  { spelling: '--native', summary: 'runs on a device: loopback and private redirect URIs' },
  {
    spelling: '--auth-method <method>',
    summary: 'basic, post, or a method by its name in RFC 7591 (default: by what is given)',
  },
  { spelling: '--jwks <file>', summary: 'its public keys, a JWK set; - for stdin' },
  { spelling: '--jwks-uri <url>', summary: 'where it publishes its keys' },
  {
    spelling: '--tls-name <kind=value>',
    summary: 'name of its certificate: subject_dn, san_dns, san_uri, san_ip or san_email',
  },
  { spelling: '--tokens <format>', summary: 'jwt or opaque (default: jwt)' },
  { spelling: '--access-ttl <duration>', summary: 'life of its access tokens (default: 15m)' },
  { spelling: '--refresh-ttl <duration>', summary: 'life of a grant (default: 30d)' },
  {
    spelling: '--refresh-idle <duration>',
    summary: 'life of an unused refresh token (default: 14d)',
  },
  { spelling: '--dpop-bound', summary: 'refuse token requests without a DPoP proof (RFC 9449)' },
  {
    spelling: '--certificate-bound',
    summary: 'bind its tokens to the client certificate of its connection (RFC 8705)',
  },
  { spelling: '--consent <how>', summary: 'ask, or trusted: people are not asked (default: ask)' },
  { spelling: '--backchannel-logout-uri <url>', summary: 'told when somebody signs out' },
  { spelling: '--settings <file>', summary: 'any other settings, a JSON object; - for stdin' },
]

const METHODS: Readonly<Record<string, string>> = {
  basic: 'client_secret_basic',
  post: 'client_secret_post',
}

/** The members that the flags of a call give; what is not given is the authority's to decide. */
export async function clientBody(call: Call): Promise<Json> {
  const { flags } = call
  if (flags.text('settings') === '-' && flags.text('jwks') === '-') {
    throw usage('stdin can hold one of --settings and --jwks')
  }
  const members: Record<string, unknown> = {
    name: flags.text('name'),
    scopes: listOf(flags.list('scope')),
    audiences: listOf(flags.list('audience')),
    grantTypes: listOf(flags.list('grant')),
    redirectUris: listOf(flags.each('redirectUri')),
    postLogoutRedirectUris: listOf(flags.each('postLogoutRedirectUri')),
    applicationType: flags.on('native') ? 'native' : undefined,
    jwks: await jsonFile(call, '--jwks', flags.text('jwks')),
    jwksUri: flags.text('jwksUri'),
    tlsClientName: tlsName(flags.text('tlsName')),
    accessTokenFormat: oneOf('--tokens', flags.text('tokens'), ['jwt', 'opaque']),
    accessTokenTtlSeconds: flags.seconds('accessTtl'),
    refreshTokenTtlSeconds: flags.seconds('refreshTtl'),
    refreshTokenIdleSeconds: flags.seconds('refreshIdle'),
    dpopBoundAccessTokens: flags.on('dpopBound') ? true : undefined,
    certificateBoundAccessTokens: flags.on('certificateBound') ? true : undefined,
    consent: oneOf('--consent', flags.text('consent'), ['ask', 'trusted']),
    backchannelLogoutUri: flags.text('backchannelLogoutUri'),
    tokenEndpointAuthMethod: methodOf(call),
  }
  const file = await jsonFile(call, '--settings', flags.text('settings'))
  const given = Object.entries(members).filter(([, value]) => value !== undefined)
  return { ...file, ...Object.fromEntries(given) }
}

/** What a new client is, where that follows from what was given. */
export function withDefaults(body: Json): Json {
  const redirects = Array.isArray(body['redirectUris']) && body['redirectUris'].length > 0
  const grantTypes = redirects ? { grantTypes: ['authorization_code', 'refresh_token'] } : {}
  return { scopes: [], ...grantTypes, ...proofOf(body), ...body }
}

function proofOf(body: Json): Json {
  const has = (member: string): boolean => body[member] !== undefined && body[member] !== null
  if (has('tlsClientName')) return { tokenEndpointAuthMethod: 'tls_client_auth' }
  return has('jwks') || has('jwksUri') ? { tokenEndpointAuthMethod: 'private_key_jwt' } : {}
}

function methodOf({ flags }: Call): string | undefined {
  const method = flags.text('authMethod')
  if (flags.on('public')) {
    if (method !== undefined && method !== 'none') {
      throw usage('--public: such a client proves nothing, so leave --auth-method out')
    }
    return 'none'
  }
  return method === undefined || !Object.hasOwn(METHODS, method) ? method : METHODS[method]
}

function oneOf(
  flag: string,
  value: string | undefined,
  allowed: readonly string[],
): string | undefined {
  if (value === undefined || allowed.includes(value)) return value
  throw usage(`${flag}: "${value}" is none of ${allowed.join(', ')}`)
}

/** A flag that was not given is not an empty list. */
const listOf = (values: readonly string[]): readonly string[] | undefined =>
  values.length === 0 ? undefined : values

function tlsName(text: string | undefined): Json | undefined {
  if (text === undefined) return undefined
  // A distinguished name has signs of its own.
  const split = text.indexOf('=')
  if (split < 1) throw usage('--tls-name: write a kind and a name, as san_dns=billing.example')
  return { kind: text.slice(0, split), value: text.slice(split + 1) }
}

async function jsonFile(
  call: Call,
  flag: string,
  file: string | undefined,
): Promise<Json | undefined> {
  if (file === undefined) return undefined
  const value = parse(await readText(flag.slice(2), file, call))
  if (!isJson(value)) throw usage(`${flag}: this is no JSON object`)
  return value
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
