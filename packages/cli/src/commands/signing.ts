/** What signs a request with a stored key, for `sign` and `curl --as`. */
import { Secret } from 'countersign'
import { dpop, signed, sigv4, type Proof } from 'countersign/client'
import type { Call, FlagSpec } from '../command.ts'
import type { CurlRequest } from '../curl/config-file.ts'
import type { StoredCredential, StoredCredentials } from '../data-folder/credentials.ts'
import { CliError, usage } from '../exit.ts'
import { isJson } from '../json.ts'
import { nowSeconds } from './held.ts'

const SCHEMES = ['http-signature', 'sigv4', 'dpop'] as const

/** How it is signed. */
export const SIGN_FLAGS: readonly FlagSpec[] = [
  {
    spelling: '--scheme <scheme>',
    summary: 'http-signature, sigv4 or dpop (default: http-signature)',
  },
  {
    spelling: '--client <name>',
    summary: 'of dpop: the stored client whose token is bound to the key',
  },
  { spelling: '--region <name>', summary: 'of sigv4 (default: local)' },
  { spelling: '--service <name>', summary: 'of sigv4 (default: countersign)' },
]

/** A stored key, and the others beside it. */
export interface SignedBy {
  readonly credential: StoredCredential
  readonly stored: StoredCredentials
}

/** Signs a request by the flags of the call. Method, URL and body are as curl is to send them. */
export async function signWith(
  call: Call,
  { credential, stored }: SignedBy,
  { method, url, headers, body }: CurlRequest,
): Promise<CurlRequest> {
  const given = headers.map(([field, value]): [string, string] => [field, value])
  const attempt = {
    request: new Request(url, { method, headers: given }),
    body: new TextEncoder().encode(body),
    now: nowSeconds(),
  }
  const fields = await proofOf(call, credential, stored).attach(attempt)
  // As it was parsed: what is signed is what curl sends.
  return { method, url: attempt.request.url, headers: [...given, ...fields], body }
}

function proofOf(call: Call, credential: StoredCredential, stored: StoredCredentials): Proof {
  const { method, id, secret } = credential
  const scheme = SCHEMES.find((known) => known === (call.flags.text('scheme') ?? 'http-signature'))
  if (scheme === undefined) throw usage(`--scheme: write one of ${SCHEMES.join(', ')}`)
  if (scheme === 'dpop') return dpopOf(call, credential, stored)
  if (method === 'private-key') {
    if (scheme === 'sigv4')
      throw usage('sigv4 wants an hmac-key; a private key signs http-signature')
    return signed({ key: { keyId: id, ...privateKey(secret) } })
  }
  if (method !== 'hmac-key')
    throw usage(`a credential of the method ${method} does not sign; use \`countersign curl --as\``)
  if (scheme === 'http-signature') {
    return signed({ key: { keyId: id, algorithm: 'hmac-sha256', secret } })
  }
  return sigv4(sigv4Key(call, { method, id, secret }))
}

function dpopOf({ flags }: Call, key: StoredCredential, stored: StoredCredentials): Proof {
  if (key.method !== 'private-key')
    throw usage(`dpop wants a private-key, and this is a ${key.method}`)
  const name = flags.required('client')
  const client = Object.hasOwn(stored, name) ? stored[name] : undefined
  if (client?.method !== 'client') throw new CliError('notFound', `no client "${name}" is stored`)
  const { origin, id, secret } = client
  // The token is written for the URL of the key: a client of another origin would give its token away.
  if (origin !== key.origin)
    throw usage(`the client ${name} is for ${origin}, the key for ${key.origin}`)
  const { hostname } = new URL(origin)
  const { jwk } = privateKey(key.secret)
  return dpop({
    tokenEndpoint: `${origin}/oauth/token`,
    clientId: id,
    clientSecret: secret,
    key: { jwk },
    // The operator stored this origin; http: only for this machine, as `credentials add` checked.
    allowPrivateHosts: [hostname],
    unsafe: { allowHttp: origin.startsWith('http:') },
  })
}

/** What SigV4 signs with: the stored key, for the region and the service of the flags. */
export function sigv4Key(
  { flags }: Call,
  { method, id, secret }: Omit<StoredCredential, 'origin'>,
) {
  if (method !== 'hmac-key') throw usage(`sigv4 wants an hmac-key, and this is a ${method}`)
  const region = flags.text('region') ?? 'local'
  const service = flags.text('service') ?? 'countersign'
  return { accessKeyId: id, key: { secret: new Secret(secret) }, region, service }
}

const ALGORITHMS = { Ed25519: 'ed25519', 'P-256': 'ecdsa-p256-sha256' } as const

function privateKey(text: string) {
  const jwk: unknown = parse(text)
  const curve = isJson(jwk) ? jwk['crv'] : undefined
  if (!isJson(jwk) || (curve !== 'Ed25519' && curve !== 'P-256'))
    throw new CliError('failure', 'the stored private key is no Ed25519 or P-256 JWK')
  return { jwk, algorithm: ALGORITHMS[curve] }
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
