import { strict as assert } from 'node:assert'
import { once } from 'node:events'
import { createServer, type IncomingMessage } from 'node:http'
import { Readable } from 'node:stream'
import { describe, it } from 'node:test'
import { Wire } from '../testing/adapter-wire.ts'
import { NodeView } from './node-message.ts'

/** What a view sees of one raw request. */
async function seeing<T>(bytes: string, look: (view: NodeView) => Promise<T> | T): Promise<T> {
  const seen = Promise.withResolvers<T>()
  const listener = async (request: IncomingMessage): Promise<T> => look(new NodeView(request))
  const server = createServer((request, response) => {
    listener(request).then(seen.resolve, seen.reject)
    void seen.promise.finally(() => response.end())
  })
  await once(server.listen(0, '127.0.0.1'), 'listening')
  const address = server.address()
  assert(typeof address === 'object' && address !== null)
  const wire = await Wire.open(address.port)
  wire.send(bytes)
  try {
    return await seen.promise
  } finally {
    wire.abort()
    server.closeAllConnections()
    server.close()
  }
}

const CHUNKED =
  'POST / HTTP/1.1\r\nhost: a\r\nx-sum: header\r\ntransfer-encoding: chunked\r\n\r\n' +
  '2\r\nhi\r\n0\r\nX-Sum: one\r\nx-other: two\r\nx-SUM: three\r\n\r\n'

describe('the view of a Node request', () => {
  it('SR-105: tells trailers once the body was read, apart from headers of their name', async () => {
    const [before, after, header] = await seeing(CHUNKED, async (view) => {
      const early = view.trailer('x-sum')
      const body = await view.body(10)
      assert(body.ok)
      return [early, view.trailer('x-sum'), view.header('x-sum')] as const
    })
    assert.deepEqual(before, [])
    assert.deepEqual(after, ['one', 'three'])
    assert.deepEqual(header, ['header'])
  })
  it('reads a body once, however often it is asked for', async () => {
    const bodies = await seeing(CHUNKED, (view) => Promise.all([view.body(10), view.body(10)]))
    assert.equal(bodies[0], bodies[1])
    assert.deepEqual(bodies[0], { ok: true, value: Buffer.from('hi') })
  })
  it('has no certificate on a plain connection', async () => {
    assert.equal(await seeing(CHUNKED, (view) => view.peerCertificate), undefined)
  })
  it('SR-303: takes no connection for one over a unix socket because it has no address', () => {
    // That is what a TCP connection looks like whose peer has reset it.
    for (const server of [undefined, null, { address: () => null }, { address: () => ({}) }]) {
      const socket = { remoteAddress: undefined, server }
      const stream = Object.assign(Readable.from([]), { rawHeaders: [], socket })
      assert.equal(new NodeView(stream).unixSocket, false)
    }
  })
})
