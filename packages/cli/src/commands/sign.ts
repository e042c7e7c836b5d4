import { Secret } from 'countersign'
import { signed, sigv4, type Proof } from 'countersign/client'
import type { Call, CommandSpec } from '../command.ts'
import { loadConfig } from '../config/load.ts'
import { curlConfigOf, type CurlRequest } from '../curl/config-file.ts'
import { readCredentials, type StoredCredential } from '../data-folder/credentials.ts'
import { dataFolder } from '../data-folder/folder.ts'
import { CliError, usage } from '../exit.ts'
import { isJson } from '../json.ts'

const SCHEMES = ['http-signature', 'sigv4'] as const

const sign: CommandSpec = {
  name: 'sign',
  summary: 'sign a request with a stored key, for curl',
  details:
    'Signs method, URL and body with a signing key of the data folder and prints the request as a configuration of curl. The key stays here; the signature is good once, for the time that the API allows. Pipe it into `curl -s -K -`.',
  example: 'sign --as signing-key --body \'{"item":"tea"}\' http://127.0.0.1:4180/demo/orders',
  arguments: [['<url>', 'the whole URL']],
  flags: [
    { spelling: '--as <name>', summary: 'name of the stored key' },
    { spelling: '--scheme <scheme>', summary: 'http-signature or sigv4 (default: http-signature)' },
    { spelling: '--method <method>', summary: 'default: GET, or POST with --body' },
    { spelling: '--body <text>', summary: 'the body, sent as it stands here' },
    { spelling: '--content-type <type>', summary: 'of the body (default: application/json)' },
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
    const request = await signedRequest(call, credential)
    call.terminal.result(request, () => {
      call.terminal.line(curlConfigOf(request).trimEnd())
    })
  },
}

async function signedRequest(call: Call, credential: StoredCredential): Promise<CurlRequest> {
  const { flags, arguments: urls } = call
  const [url = ''] = urls
  if (!url.startsWith(`${credential.origin}/`))
    throw usage(`this key is for ${credential.origin} and not for ${url}`)
  const body = flags.text('body') ?? ''
  const method = flags.text('method') ?? (body === '' ? 'GET' : 'POST')
  const type = flags.text('contentType') ?? 'application/json'
  const given = body === '' ? [] : [['content-type', type] as const]
  const bytes = new TextEncoder().encode(body)
  const attempt = {
    request: new Request(url, { method, headers: given.map(([field, value]) => [field, value]) }),
    body: bytes,
    now: Math.floor(Date.now() / 1000),
  }
  const fields = await proofOf(call, credential).attach(attempt)
  // As it was parsed: what is signed is what curl sends.
  return { method, url: attempt.request.url, headers: [...given, ...fields], body }
}

function proofOf(call: Call, { method, id, secret }: StoredCredential): Proof {
  const scheme = SCHEMES.find((known) => known === (call.flags.text('scheme') ?? 'http-signature'))
  if (scheme === undefined) throw usage(`--scheme: write one of ${SCHEMES.join(', ')}`)
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
  const region = call.flags.text('region') ?? 'local'
  const service = call.flags.text('service') ?? 'countersign'
  return sigv4({ accessKeyId: id, key: { secret: new Secret(secret) }, region, service })
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
