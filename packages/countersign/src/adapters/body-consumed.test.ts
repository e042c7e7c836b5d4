import { strict as assert } from 'node:assert'
import { once } from 'node:events'
import { createServer, type RequestListener } from 'node:http'
import { text } from 'node:stream/consumers'
import { describe, it } from 'node:test'
import { getRequestListener } from '@hono/node-server'
import express, { type ErrorRequestHandler } from 'express'
import { Hono } from 'hono'
import Koa from 'koa'
import { scriptedDesk } from '../testing/adapter-desk.ts'
import { protect as onExpress } from './express.ts'
import { protect as onFetch } from './fetch.ts'
import { protect as onHono } from './hono.ts'
import { protect as onKoa } from './koa.ts'

const BODY = '{"amount": 1}'
const HEADERS = { 'x-api-key': 'body', 'content-type': 'application/json' }
const { desk } = scriptedDesk()

/** Posts to a server that a parser spoilt, and answers the error which its handler was given. */
async function errorOf(listener: RequestListener, seen: readonly unknown[]): Promise<unknown> {
  const server = createServer(listener).listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  assert(typeof address === 'object' && address !== null)
  const url = `http://127.0.0.1:${address.port}/`
  const response = await fetch(url, { method: 'POST', headers: HEADERS, body: BODY })
  server.close()
  assert.equal(response.status, 500)
  assert.equal(seen.length, 1)
  return seen[0]
}

describe('a body parser before the guard', () => {
  for (const [parser, named] of [
    [express.json(), 'express.json(), urlencoded() or another body parser'],
    [express.raw({ type: '*/*' }), 'express.raw() or another parser of raw bodies'],
    [express.text({ type: '*/*' }), 'express.text() or another parser of texts'],
  ] as const) {
    it(`SR-101: is named in an error of Express (${named})`, async () => {
      const seen: unknown[] = []
      const keep: ErrorRequestHandler = (error, _request, response, _next) => {
        seen.push(error)
        response.status(500).end()
      }
      const app = express()
      app.use(parser, onExpress(desk))
      app.use(keep)
      assert.match(String(await errorOf(app, seen)), new RegExp(named.replaceAll(/[()]/g, '\\$&')))
    })
  }
  it('SR-101: is an error of Koa', async () => {
    const seen: unknown[] = []
    const app = new Koa().on('error', (error) => seen.push(error))
    app.use(async (context, next) => {
      await text(context.req)
      await next()
    })
    app.use(onKoa(desk))
    const listen = app.callback()
    const listener: RequestListener = (request, response) => void listen(request, response)
    assert.match(String(await errorOf(listener, seen)), /body already consumed by/)
  })
  it('SR-101: is an error of Hono', async () => {
    const seen: unknown[] = []
    const app = new Hono().onError((error, c) => {
      seen.push(error)
      return c.text('', 500)
    })
    app.use(async (c, next) => {
      await c.req.text()
      await next()
    })
    app.post('/', onHono(desk), (c) => c.text('served'))
    const listener = getRequestListener(app.fetch)
    assert.match(
      String(await errorOf((request, response) => void listener(request, response), seen)),
      /body already consumed by/,
    )
  })
  it('SR-101: rejects a fetch handler', async () => {
    const guarded = onFetch(desk, {}, () => new Response('served'))
    const request = new Request('https://api.example.test/', {
      method: 'POST',
      headers: HEADERS,
      body: BODY,
    })
    await request.text()
    await assert.rejects(async () => guarded(request), /body already consumed by/)
  })
})
