import assert from 'node:assert/strict'
import { createServer, type RequestListener } from 'node:http'
import type { AddressInfo } from 'node:net'
import { after, test } from 'node:test'
import { fetchDocument as documentOnNode, fetchJson as fetchOnNode } from './node.ts'
import type { FetchDocument } from './document.ts'
import type { FetchJson, FetchRequest } from './seam.ts'
import { isPrivateAddress } from './target.ts'
import { fetchDocument as documentOnWeb, fetchJson as fetchOnWeb } from './web.ts'

const IMPLEMENTATIONS: readonly (readonly [string, FetchJson])[] = [
  ['node', fetchOnNode],
  ['web', fetchOnWeb],
]

const answers: Record<string, RequestListener> = {
  '/good': (_, response) => response.end('{"a":"ü"}'),
  '/redirect-here': (_, response) => response.writeHead(302, { location: '/good' }).end(),
  '/redirect-away': (_, response) =>
    response.writeHead(302, { location: 'https://example.com/keys' }).end(),
  '/redirect-loop': (_, response) => response.writeHead(302, { location: '/redirect-loop' }).end(),
  '/large': (_, response) => response.end(JSON.stringify('x'.repeat(2000))),
  '/error': (_, response) => response.writeHead(500).end('{}'),
  '/created': (_, response) => response.writeHead(201).end('{}'),
  '/text': (_, response) => response.end('<html>'),
  '/latin1': (_, response) => response.end(Buffer.from([0x22, 0xfc, 0x22])),
  '/slow': (_, response) => response.write('{"a":'),
  '/broken': (_, response) => {
    response.writeHead(200, { 'content-length': '100' }).write('{"a":')
    setImmediate(() => response.destroy())
  },
  '/echo': (request, response) => {
    let body = ''
    request.on('data', (chunk) => (body += String(chunk)))
    request.on('end', () => response.end(JSON.stringify([request.method, body])))
  },
}

const server = createServer((request, response) => answers[request.url ?? '']?.(request, response))
server.listen(0, '127.0.0.1')
await new Promise((done) => server.once('listening', done))
// A server that listens on TCP has such an address.
const base = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
after(() => {
  server.closeAllConnections()
  server.close()
})

const request = (path: string, changes: Partial<FetchRequest> = {}): FetchRequest => ({
  url: base + path,
  timeoutMs: 2000,
  maxBytes: 1000,
  allowPrivateHosts: ['127.0.0.1'],
  allowHttp: true,
  ...changes,
})

const OUTCOMES: readonly (readonly [string, string, Partial<FetchRequest>?])[] = [
  ['/redirect-away', 'redirect'],
  ['/redirect-loop', 'redirect'],
  ['/large', 'too-large'],
  ['/error', 'status'],
  ['/text', 'not-json'],
  ['/latin1', 'not-json'],
  ['/slow', 'timeout', { timeoutMs: 100 }],
  ['/broken', 'unreachable'],
  ['/good', 'refused', { allowPrivateHosts: [] }],
  ['/good', 'refused', { allowHttp: false }],
]

for (const [name, fetchJson] of IMPLEMENTATIONS) {
  test(`${name}: answers the parsed JSON`, async () => {
    assert.deepEqual(await fetchJson(request('/good')), { ok: true, value: { a: 'ü' } })
  })

  test(`${name}: follows a redirect inside its origin`, async () => {
    assert.deepEqual(await fetchJson(request('/redirect-here')), { ok: true, value: { a: 'ü' } })
  })

  test(`${name}: posts a body`, async () => {
    const outcome = await fetchJson(request('/echo', { method: 'POST', body: 'token=x' }))
    assert.deepEqual(outcome, { ok: true, value: ['POST', 'token=x'] })
  })

  for (const [path, kind, changes] of OUTCOMES) {
    test(`${name}: ${path} ${JSON.stringify(changes ?? {})} fails as ${kind} (SR-504)`, async () => {
      const outcome = await fetchJson(request(path, changes))
      assert.equal(outcome.ok ? 'ok' : outcome.error.kind, kind)
    })
  }

  const REFUSED = [
    'http://example.com/',
    'https://10.0.0.1/',
    'https://0x7f.1/',
    'https://2130706433/',
    'https://[::1]/',
    'https://[::ffff:169.254.169.254]/',
    'https://169.254.169.254/latest/meta-data',
    'https://localhost/',
    'https://metadata.google.internal/',
    'https://user:pass@example.com/',
    'file:///etc/passwd',
    'no url',
  ]
  for (const url of REFUSED) {
    test(`${name}: refuses ${url} without connecting (SR-504)`, async () => {
      const outcome = await fetchJson(request('', { url, allowPrivateHosts: [] }))
      assert.equal(outcome.ok ? 'ok' : outcome.error.kind, 'refused')
    })
  }
}

const DOCUMENTS: readonly (readonly [string, FetchDocument])[] = [
  ['node', documentOnNode],
  ['web', documentOnWeb],
]
const NO_DOCUMENT: typeof OUTCOMES = [
  ['/redirect-here', 'redirect'],
  ['/redirect-away', 'redirect'],
  ['/large', 'too-large'],
  ['/error', 'status'],
  ['/created', 'status'],
  ['/slow', 'timeout', { timeoutMs: 100 }],
  ['/broken', 'unreachable'],
  ['/good', 'refused', { allowPrivateHosts: [] }],
  ['/good', 'refused', { url: 'https://10.0.0.1/' }],
]
for (const [name, fetchDocument] of DOCUMENTS) {
  test(`${name}: answers the bytes and the fields of a document`, async () => {
    const outcome = await fetchDocument(request('/good'))
    assert(outcome.ok)
    assert.equal(new TextDecoder().decode(outcome.value.body), '{"a":"ü"}')
    assert.deepEqual(outcome.value.header('content-length'), ['10'])
    assert.deepEqual(outcome.value.header('x-nothing'), [])
  })
  for (const [path, kind, changes] of NO_DOCUMENT) {
    test(`${name}: a document at ${path} ${JSON.stringify(changes ?? {})} fails as ${kind} (SR-504)`, async () => {
      const outcome = await fetchDocument(request(path, changes))
      assert.equal(outcome.ok ? 'ok' : outcome.error.kind, kind)
    })
  }
}

test('node: a name that is allowed resolves to a private address, any other does not (SR-504)', async () => {
  const { hostname } = await import('node:os')
  const url = base.replace('127.0.0.1', hostname())
  const denied = await fetchOnNode(request('/good', { url: url.replace('http:', 'https:') }))
  // Where this machine's own name has no address at all, there is nothing to refuse.
  assert.ok(!denied.ok && ['refused', 'unreachable'].includes(denied.error.kind))
})

test('private ranges are private, their neighbours are not', () => {
  const inside = ['10.1.2.3', '172.31.255.255', '100.127.0.1', '::1', 'fd00::1', 'fe80::1', '::']
  const embedded = ['::ffff:10.0.0.1', '64:ff9b::a00:1', '2002:a00:1::', '::7f00:1', 'nonsense']
  const outside = ['172.32.0.1', '100.128.0.1', '9.255.255.255', '2606:4700::1111', '1.1.1.1']
  for (const address of [...inside, ...embedded]) assert.equal(isPrivateAddress(address), true)
  for (const address of outside) assert.equal(isPrivateAddress(address), false)
})
