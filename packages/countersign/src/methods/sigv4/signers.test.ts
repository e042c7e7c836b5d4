/** Signers that people have, unchanged, against a server: libraries, curl, and botocore. */
import { strict as assert } from 'node:assert'
import { execFile, spawnSync } from 'node:child_process'
import { createHash, createHmac } from 'node:crypto'
import { once } from 'node:events'
import { createServer, request as httpRequest } from 'node:http'
import { createRequire } from 'node:module'
import { after, before, describe, it } from 'node:test'
import { promisify } from 'node:util'
import { SignatureV4 } from '@smithy/signature-v4'
import { protect } from '../../adapters/node.ts'
import { guard } from '../../core/guard.ts'
import { Secret } from '../../core/secret.ts'
import { memoryReplay } from '../../core/memory-replay.ts'
import type { SigV4Service } from './service.ts'
import { presignSigV4, signSigV4 } from './sign.ts'
import { sigv4 } from './verify.ts'

const run = promisify(execFile)
const ID = 'AKIDEXAMPLE'
const SECRET = 'wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY'
const TOKEN = 'session+token/of=='
const REGION = 'us-east-1'
const BODY = '{"item":"ä","amount":3}'

const SERVICES: readonly SigV4Service[] = [{ name: 'orders' }, { name: 's3' }]
const reasons: string[] = []

const record = (id: string) => ({
  id,
  tenant: 'default',
  principalId: `owner-of-${id}`,
  scopes: [],
  key: { secret: new Secret(SECRET) },
  ...(id === 'TEMPORARY' ? { sessionToken: new Secret(TOKEN) } : {}),
})

const desk = guard({
  methods: [
    sigv4({
      region: REGION,
      service: SERVICES,
      source: { find: (id) => (id === ID || id === 'TEMPORARY' ? record(id) : undefined) },
      replay: memoryReplay({ unsafe: { noFence: true } }),
      unsafe: { unsignedPayload: true },
    }),
  ],
  onDecision: ({ reason, outcome }) => reasons.push(reason ?? outcome),
})
const server = createServer(
  protect(desk, {}, (request, response) => {
    const chunks: Uint8Array[] = []
    request.on('data', (chunk: Uint8Array) => chunks.push(chunk))
    request.on('end', () => response.end(Buffer.concat(chunks)))
  }),
)
let host = ''

before(async () => {
  await once(server.listen(0, '127.0.0.1'), 'listening')
  const address = server.address()
  assert.ok(typeof address === 'object' && address !== null)
  host = `127.0.0.1:${address.port}`
})
after(() => {
  server.closeAllConnections()
  server.close()
})

interface Sent {
  readonly method: string
  readonly path: string
  readonly headers: Readonly<Record<string, string>>
  readonly body?: string | undefined
}

/** Sends a request byte for byte: `fetch` would normalise the path that was signed. */
async function send({ method, path, headers, body = '' }: Sent): Promise<string> {
  const outgoing = httpRequest({
    method,
    path,
    headers,
    host: '127.0.0.1',
    port: host.split(':')[1],
  })
  outgoing.end(body)
  const [response] = await once(outgoing, 'response')
  let text = ''
  for await (const chunk of response) text += String(chunk)
  return response.statusCode === 200 ? text : `${response.statusCode} ${reasons.at(-1)}`
}

const REQUESTS: readonly {
  readonly name: string
  readonly path: string
  readonly body?: string
}[] = [
  { name: 'a GET', path: '/orders' },
  { name: 'a query', path: '/orders?b=2&a=1&a=0&empty=&sp=a%20b&plus=%2B&u=%C3%A9' },
  { name: 'a path with escapes', path: '/orders/a%20b/%C3%A9%2Fx/%281%29%21' },
  { name: 'a POST', path: '/orders', body: BODY },
]

/** The hash that @smithy asks its users for. */
class Sha256 {
  readonly #hash
  constructor(secret?: unknown) {
    // What @smithy passes as a secret is bytes or text.
    this.#hash =
      secret === undefined ? createHash('sha256') : createHmac('sha256', secret as Uint8Array)
  }
  update(data: Uint8Array | string): void {
    this.#hash.update(data)
  }
  async digest(): Promise<Uint8Array> {
    return this.#hash.digest()
  }
}

const smithy = (service: string, sessionToken?: string): SignatureV4 =>
  new SignatureV4({
    region: REGION,
    service,
    // What it hashes is text and bytes.
    sha256: Sha256,
    uriEscapePath: service !== 's3',
    credentials: {
      accessKeyId: sessionToken === undefined ? ID : 'TEMPORARY',
      secretAccessKey: SECRET,
      ...(sessionToken === undefined ? {} : { sessionToken }),
    },
  })

const smithyRequest = (path: string, body: string | undefined) => ({
  method: body === undefined ? 'GET' : 'POST',
  protocol: 'http:',
  hostname: '127.0.0.1',
  path: path.split('?')[0] ?? '/',
  query: queryObject(path),
  headers: {
    host,
    'content-type': 'application/json',
    'amz-sdk-invocation-id': crypto.randomUUID(),
  },
  body,
})

function queryObject(path: string): Record<string, string | string[]> {
  const query: Record<string, string[]> = {}
  for (const [name, value] of new URL(path, 'http://x').searchParams)
    (query[name] ??= []).push(value)
  return query
}

const writeQuery = (query: Readonly<Record<string, unknown>> = {}): string =>
  Object.entries(query)
    .flatMap(([name, value]) => [value].flat().map((one) => [name, String(one)] as const))
    .map((pair) => pair.map(encodeURIComponent).join('='))
    .join('&')

for (const service of ['orders', 's3']) {
  describe(`@smithy/signature-v4 for ${service}`, () => {
    for (const { name, path, body } of REQUESTS) {
      it(`signs ${name}`, async () => {
        const signed = await smithy(service).sign(smithyRequest(path, body))
        assert.equal(await send({ ...signed, path, body }), body ?? '')
      })
    }
    it('presigns', async () => {
      const signed = await smithy(service).presign(
        { ...smithyRequest('/orders?a=1', undefined), headers: { host } },
        { expiresIn: 60 },
      )
      const path = `${signed.path}?${writeQuery(signed.query)}`
      assert.equal(await send({ method: 'GET', path, headers: { host } }), await expected(service))
    })
    it('sends a session token', async () => {
      const signed = await smithy(service, TOKEN).sign(smithyRequest('/orders', undefined))
      assert.equal(await send({ ...signed, path: '/orders', body: '' }), '')
    })
  })
}

/** A presigned URL of S3 without a digest means an unsigned body; @smithy alone signs an empty one. */
const expected = async (service: string): Promise<string> =>
  service === 's3' ? '401 sigv4.signature-invalid' : ''

interface Aws4 {
  sign(
    request: Record<string, unknown>,
    credentials: Record<string, string>,
  ): { readonly headers: Record<string, string>; readonly path: string }
}

describe('aws4', () => {
  // It has no types of its own.
  const aws4 = createRequire(import.meta.url)('aws4') as Aws4
  const credentials = { accessKeyId: ID, secretAccessKey: SECRET }
  for (const { name, path: whole, body } of REQUESTS) {
    for (const service of ['orders', 's3']) {
      it(`signs ${name} for ${service}`, async () => {
        // For s3 it signs the first of two values and sends both, and a slash for its escape.
        const plain = whole.replace('&a=0', '').replace('%2F', '')
        const path = service === 's3' ? plain : whole
        const method = body === undefined ? 'GET' : 'POST'
        const headers = { Host: host, 'X-Request': crypto.randomUUID() }
        const request = { service, region: REGION, method, path, body, headers }
        const signed = aws4.sign(request, credentials)
        assert.equal(await send({ method, path, headers: signed.headers, body }), body ?? '')
      })
    }
  }
  it('presigns', async () => {
    for (const service of ['orders', 's3']) {
      const request = {
        service,
        region: REGION,
        path: '/orders?x=1&X-Amz-Expires=60',
        host,
        signQuery: true,
      }
      const { path } = aws4.sign({ ...request, headers: { Host: host } }, credentials)
      assert.equal(await send({ method: 'GET', path, headers: { host } }), '', service)
    }
  })
})

/** Why a program cannot be tried here, or false. */
function missing(file: string, ...args: readonly string[]): string | false {
  const { status } = spawnSync(file, args, { stdio: 'ignore' })
  return status === 0 ? false : `${file} ${args.at(-1) ?? ''} does not run here`
}

const curl = async (...args: readonly string[]): Promise<string> => {
  const own = ['-sS', '--path-as-is', '--aws-sigv4', `aws:amz:${REGION}:orders`]
  const note = ['-H', `x-request: ${crypto.randomUUID()}`]
  const { stdout } = await run('curl', [...own, ...note, '--user', `${ID}:${SECRET}`, ...args])
  return stdout
}

describe('curl --aws-sigv4', { skip: missing('curl', '--version') }, () => {
  it('signs a GET, and a query', async () => {
    assert.equal(await curl(`http://${host}/orders`), '')
    assert.equal(await curl(`http://${host}/orders?a=1&b=2`), '')
  })
  it('signs a body', async () => {
    const headers = ['-H', 'content-type: application/json']
    assert.equal(await curl(`http://${host}/orders`, '--data-binary', BODY, ...headers), BODY)
  })
  it('is refused with another secret', async () => {
    const answer = await curl('--user', `${ID}:another-secret-access-key`, `http://${host}/orders`)
    assert.match(answer, /credential-invalid/)
  })
})

const BOTOCORE = `
import json, sys
from botocore.auth import SigV4Auth, SigV4QueryAuth, S3SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials
given = json.loads(sys.argv[1])
classes = {'header': SigV4Auth, 'query': SigV4QueryAuth, 's3': S3SigV4Auth}
signed = []
for one in given['requests']:
    request = AWSRequest(method=one['method'], url=one['url'], data=one['body'].encode() or None)
    signer = classes[one['kind']](Credentials(given['id'], given['secret']), one['service'], given['region'])
    signer.add_auth(request)
    signed.append({'url': request.url, 'headers': dict(request.headers.items())})
print(json.dumps(signed))
`

describe('botocore', { skip: missing('python3', '-c', 'import botocore') }, () => {
  it('signs in the header, in the query, and for S3', async () => {
    const requests = ['header', 'query', 's3'].flatMap((kind) =>
      REQUESTS.map(({ path, body = '' }) => ({
        kind,
        body: kind === 'query' ? '' : body,
        method: body === '' || kind === 'query' ? 'GET' : 'POST',
        url: `http://${host}${path}${path.includes('?') ? '&' : '?'}of=${kind}-${body.length}`,
        service: kind === 's3' ? 's3' : 'orders',
      })),
    )
    const given = { id: ID, secret: SECRET, region: REGION, requests }
    const { stdout } = await run('python3', ['-c', BOTOCORE, JSON.stringify(given)])
    // The script above writes this.
    const signed = JSON.parse(stdout) as { url: string; headers: Record<string, string> }[]
    assert.equal(signed.length, requests.length)
    for (const [index, { url, headers }] of signed.entries()) {
      const { method = '', body = '', kind } = requests[index] ?? {}
      const path = url.slice(`http://${host}`.length)
      // oxlint-disable-next-line no-await-in-loop -- one after the other, to name the first that fails
      const answer = await send({ method, path, headers: { ...headers, host }, body })
      assert.equal(answer, body, `${kind} ${path}`)
    }
  })
})

describe('our own signer', () => {
  for (const service of SERVICES) {
    for (const { name, path, body } of REQUESTS) {
      it(`signs ${name} for ${service.name}`, async () => {
        const method = body === undefined ? 'GET' : 'PUT'
        const request = {
          method,
          url: `http://${host}${path}`,
          ...(body === undefined ? {} : { body }),
        }
        const now = Math.floor(Date.now() / 1000)
        const signer = {
          accessKeyId: ID,
          key: { secret: new Secret(SECRET) },
          region: REGION,
          service,
          now,
        }
        const headers = Object.fromEntries(await signSigV4(request, signer))
        assert.equal(await send({ method, path, headers: { host, ...headers }, body }), body ?? '')
        const payload = service.name === 's3' ? { payload: 'UNSIGNED-PAYLOAD' } : {}
        const url = await presignSigV4(request, { ...signer, ...payload, lifetimeSeconds: 60 })
        const target = url.slice(`http://${host}`.length)
        assert.equal(await send({ method, path: target, headers: { host }, body }), body ?? '')
      })
    }
  }
})
