import { strict as assert } from 'node:assert'
import { once } from 'node:events'
import {
  connect,
  createSecureServer,
  createServer,
  type ClientHttp2Session,
  type Http2SecureServer,
  type Http2Server,
  type IncomingHttpHeaders,
  type IncomingHttpStatusHeader,
  type OutgoingHttpHeaders,
} from 'node:http2'
import { after, before, describe, it } from 'node:test'
import fastify from 'fastify'
import Koa from 'koa'
import { guard, type Guard } from '../core/guard.ts'
import { SCRIPTED_BODY_BYTES, scriptedDesk, type ScriptedDesk } from '../testing/adapter-desk.ts'
import { ATTACK_NOW } from '../testing/attacked-method.ts'
import { testMtls } from '../testing/mtls-desk.ts'
import { principalOf as ofFastify, protect as onFastify } from './fastify.ts'
import { principalOf as ofKoa, protect as onKoa } from './koa.ts'
import { connectionOf, protect as onNode } from './node.ts'

type Listener = Parameters<typeof createServer>[1]
type Server = Http2Server | Http2SecureServer

interface Served {
  readonly port: number
  readonly close: () => void
}

/** Serves `/orders`: the answer is the id of the principal, a colon, and the body. */
interface Framework {
  readonly name: string
  readonly listener: (desk: Guard) => Listener
}

/** The compatibility API of node:http2 has what adapters use of node:http, under its own types. */
const compatible = (listener: unknown): Listener => listener as Listener

const FRAMEWORKS: readonly Framework[] = [
  {
    name: 'node',
    listener: (desk) =>
      compatible(
        onNode(desk, {}, (request, response, principal) => {
          response.write(`${principal.id}:`)
          // Listened for late, as body parsers do.
          request.on('data', (chunk) => response.write(chunk))
          request.on('end', () => response.end())
        }),
      ),
  },
  {
    name: 'koa',
    listener: (desk) => {
      const app = new Koa()
      app.silent = true
      app.use(onKoa(desk))
      app.use(async (context) => {
        let body = ''
        for await (const chunk of context.req) body += String(chunk)
        context.body = `${ofKoa(context).id}:${body}`
      })
      return compatible(app.callback())
    },
  },
]

interface Got {
  readonly status: number | undefined
  readonly body: string
}

async function ask(
  session: ClientHttp2Session,
  headers: OutgoingHttpHeaders,
  body?: string,
): Promise<Got> {
  const target = { ':method': 'POST', ':path': '/orders?page=1', ...headers }
  const stream = session.request(target, { endStream: body === undefined })
  if (body !== undefined) stream.end(body)
  // `once` does not know the events of a stream.
  const [fields] = (await once(stream, 'response')) as [
    IncomingHttpHeaders & IncomingHttpStatusHeader,
  ]
  stream.setEncoding('utf8')
  let text = ''
  for await (const chunk of stream) text += String(chunk)
  return { status: fields[':status'], body: text }
}

async function listening(server: Server): Promise<number> {
  await once(server.listen(0, '127.0.0.1'), 'listening')
  const address = server.address()
  assert(typeof address === 'object' && address !== null)
  return address.port
}

const serve: Readonly<Record<string, (desk: Guard) => Promise<Served>>> = {
  ...Object.fromEntries(
    FRAMEWORKS.map(({ name, listener }) => [
      name,
      async (desk: Guard) => {
        const server = createServer(listener(desk))
        return { port: await listening(server), close: () => server.close() }
      },
    ]),
  ),
  fastify: async (desk) => {
    const app = fastify({ http2: true })
    app.addContentTypeParser('*', { parseAs: 'string' }, (_request, body, done) => done(null, body))
    app.post('/orders', { onRequest: onFastify(desk) as never }, (request) => {
      const body = typeof request.body === 'string' ? request.body : ''
      return `${ofFastify(request).id}:${body}`
    })
    await app.ready()
    const port = await listening(app.server)
    return { port, close: () => app.server.close() }
  },
}

for (const [name, start] of Object.entries(serve)) {
  describe(`the adapter of ${name} over HTTP/2`, () => {
    let script: ScriptedDesk
    let session: ClientHttp2Session
    let close: () => void
    before(async () => {
      script = scriptedDesk()
      const served = await start(script.desk)
      ;({ close } = served)
      session = connect(`http://127.0.0.1:${served.port}`)
    })
    after(() => {
      session.destroy()
      close()
    })
    const signed = { 'x-api-key': 'body', 'content-type': 'text/x-test' }
    for (const [what, body] of [
      ['one', 'first second'],
      ['one of full size', 'x'.repeat(SCRIPTED_BODY_BYTES)],
      ['an empty one', ''],
      ['none', undefined],
    ] as const) {
      it(`shows the body to the method and leaves it to the handler (${what})`, async () => {
        const answer = await ask(session, signed, body)
        assert.deepEqual(answer, { status: 200, body: `svc_scripted:${body ?? ''}` })
      })
    }
    it('leaves a body that no method reads to the handler', async () => {
      const headers = { ...signed, 'x-api-key': 'later' }
      assert.equal((await ask(session, headers, 'mine')).body, 'svc_scripted:mine')
    })
    it('records authority and path, and refuses without a credential', async () => {
      assert.equal((await ask(session, { ':authority': 'api.example.test' })).status, 401)
      const { request, reason } = script.records.at(-1) ?? {}
      assert.equal(reason, 'request.credential-missing')
      assert.equal(request?.authority, 'api.example.test')
      assert.equal(request.path, '/orders')
    })
    it('refuses a body above the bound of the method', async () => {
      const body = 'x'.repeat(SCRIPTED_BODY_BYTES + 1)
      assert.equal((await ask(session, signed, body)).status, 413)
    })
    it('refuses two keys', async () => {
      assert.equal((await ask(session, { 'x-api-key': ['good', 'good'] })).status, 401)
    })
  })
}

describe('the adapter of node over HTTP/2 and TLS', () => {
  it('tells the scheme and the certificate of the connection', async () => {
    const { method, good } = await testMtls(ATTACK_NOW)
    const desk = guard({ methods: [method()], clock: () => ATTACK_NOW * 1000 })
    const listener = onNode(desk, {}, (request, response, principal) => {
      response.end(`${principal.id} ${connectionOf(request).scheme}`)
    })
    const own = { cert: good.pem, key: good.keyPem }
    const options = { ...own, requestCert: true, rejectUnauthorized: false }
    const server = createSecureServer(options, compatible(listener))
    const port = await listening(server)
    const bare = { rejectUnauthorized: false }
    const sessions = [{ ...bare, ...own }, bare].map((tls) =>
      connect(`https://127.0.0.1:${port}`, tls),
    )
    try {
      const [certified, anonymous] = sessions
      assert(certified !== undefined && anonymous !== undefined)
      const known = await ask(certified, {})
      assert.deepEqual(known, { status: 200, body: 'spiffe://prod.example/billing https' })
      assert.equal((await ask(anonymous, {})).status, 401)
    } finally {
      for (const session of sessions) session.destroy()
      server.close()
    }
  })
})
