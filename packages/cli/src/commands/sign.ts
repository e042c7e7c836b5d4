import { Secret } from 'countersign'
import { dpop, signed, sigv4, type Proof } from 'countersign/client'
import { presignSigV4 } from 'countersign/sigv4/sign'
import type { Call, CommandSpec } from '../command.ts'
import { loadConfig } from '../config/load.ts'
import { curlConfigOf, type CurlRequest } from '../curl/config-file.ts'
import {
  readCredentials,
  type StoredCredential,
  type StoredCredentials,
} from '../data-folder/credentials.ts'
import { dataFolder } from '../data-folder/folder.ts'
import { CliError, usage } from '../exit.ts'
import { isJson } from '../json.ts'
import { nowSeconds } from './held.ts'

const SCHEMES = ['http-signature', 'sigv4', 'dpop'] as const

const sign: CommandSpec = {
  name: 'sign',
  summary: 'sign a request with a stored key, for curl',
  details:
    'Signs method, URL and body with a signing key of the data folder and prints the request as a configuration of curl. The key stays here; the signature is good once, for the time that the API allows. Pipe it into `curl -s -K -`.',
  example: 'sign --as signing-key --body \'{"item":"tea"}\' http://127.0.0.1:4180/demo/orders',
  arguments: [['<url>', 'the whole URL']],
  flags: [
    { spelling: '--as <name>', summary: 'name of the stored key' },
    {
      spelling: '--scheme <scheme>',
      summary: 'http-signature, sigv4 or dpop (default: http-signature)',
    },
    { spelling: '--method <method>', summary: 'default: GET, or POST with --body' },
    { spelling: '--body <text>', summary: 'the body, sent as it stands here' },
    { spelling: '--content-type <type>', summary: 'of the body (default: application/json)' },
    {
      spelling: '--presign <duration>',
      summary: 'print a SigV4 URL instead: whoever has it may send this request, once',
    },
    {
      spelling: '--client <name>',
      summary: 'of dpop: the stored client whose token is bound to the key',
    },
    { spelling: '--region <name>', summary: 'of sigv4 (default: local)' },
    { spelling: '--service <name>', summary: 'of sigv4 (default: countersign)' },
  ],
  scope: 'config',
  run: async (call) => {
    const { config } = await loadConfig(call)
    const stored = readCredentials(dataFolder(config.data))
    const name = call.flags.required('as')
    const credential = Object.hasOwn(stored, name) ? stored[name] : undefined
    if (credential === undefined)
      throw new CliError('notFound', `no credential "${name}" is stored`)
    const presign = call.flags.seconds('presign')
    if (presign !== undefined) return showPresigned(call, credential, presign)
    const request = await signedRequest(call, credential, stored)
    call.terminal.result(request, () => {
      call.terminal.line(curlConfigOf(request).trimEnd())
    })
  },
}

function urlOf([url = '']: readonly string[], { origin }: StoredCredential): string {
  // Compared as text, with the slash: parsers disagree on everything but that.
  if (url.startsWith(`${origin}/`)) return new URL(url).href
  throw usage(`this key is for ${origin} and not for ${url}`)
}

async function showPresigned(
  call: Call,
  credential: StoredCredential,
  lifetimeSeconds: number,
): Promise<void> {
  if (call.flags.text('body') !== undefined) throw usage('--presign signs no --body')
  const request = {
    method: call.flags.text('method') ?? 'GET',
    url: urlOf(call.arguments, credential),
  }
  const now = nowSeconds()
  const url = await presignSigV4(request, { ...sigv4Key(call, credential), lifetimeSeconds, now })
  call.terminal.result({ url }, () => {
    call.terminal.line(url)
  })
}

async function signedRequest(
  call: Call,
  credential: StoredCredential,
  stored: StoredCredentials,
): Promise<CurlRequest> {
  const { flags, arguments: urls } = call
  const url = urlOf(urls, credential)
  const body = flags.text('body') ?? ''
  const method = flags.text('method') ?? (body === '' ? 'GET' : 'POST')
  const type = flags.text('contentType') ?? 'application/json'
  const given = body === '' ? [] : [['content-type', type] as const]
  const bytes = new TextEncoder().encode(body)
  const attempt = {
    request: new Request(url, { method, headers: given.map(([field, value]) => [field, value]) }),
    body: bytes,
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

function sigv4Key({ flags }: Call, { method, id, secret }: Omit<StoredCredential, 'origin'>) {
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

/** `sign`. */
export const signCommands: readonly CommandSpec[] = [sign]
