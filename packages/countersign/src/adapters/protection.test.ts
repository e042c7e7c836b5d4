import { strict as assert } from 'node:assert'
import { describe, it } from 'node:test'
import { Readable } from 'node:stream'
import { Hono } from 'hono'
import { ConfigError } from '../core/errors.ts'
import type { Guard } from '../core/guard.ts'
import type { Requirement } from '../core/requirement.ts'
import { scriptedDesk } from '../testing/adapter-desk.ts'
import { principalOf as ofExpress, protect as express } from './express.ts'
import { principalOf as ofFastify, protect as fastify } from './fastify.ts'
import { protect as fetch, protectWith } from './fetch.ts'
import { protect as hono, type CallerVariables } from './hono.ts'
import { principalOf as ofKoa, protect as koa } from './koa.ts'
import { protect as node } from './node.ts'

const { desk } = scriptedDesk()
const handler = (): Response => new Response('in')
const ALL: Readonly<Record<string, (desk: Guard, requirement?: Requirement) => unknown>> = {
  express,
  fastify,
  hono,
  koa,
  node: (given, requirement) => node(given, requirement, () => {}),
  fetch: (given, requirement) => fetch(given, requirement, handler),
}

describe('construction', () => {
  const wrong: readonly (readonly [string, unknown])[] = [
    ['a misspelt option', { scope: ['orders:read'] }],
    ['an option named as an inherited member', { toString: ['orders:read'] }],
    ['scopes that are no list', { scopes: 'orders:read' }],
    ['a scope that is none', { scopes: ['orders read'] }],
    ['an age that is no number', { maxAuthenticationAgeSeconds: '60' }],
    ['an age that is NaN', { maxAuthenticationAgeSeconds: Number.NaN }],
    ['a cost below zero', { cost: -1 }],
    ['a flag that is text', { senderConstrained: 'true' }],
  ]
  for (const [adapter, protect] of Object.entries(ALL)) {
    for (const [what, requirement] of wrong) {
      it(`refuses ${what} (${adapter})`, () => {
        // A JavaScript caller can pass anything.
        assert.throws(() => protect(desk, requirement as Requirement), ConfigError)
      })
    }
    it(`refuses what is no guard (${adapter})`, () => {
      // A JavaScript caller can pass anything.
      assert.throws(() => protect(undefined as unknown as Guard), ConfigError)
    })
  }
  it('is not moved by later changes of the requirement', async () => {
    const scopes = ['orders:write']
    const requirement = { scopes }
    const guarded = fetch(desk, requirement, handler)
    Object.assign(requirement, { scopes: ['orders:read'] })
    const headers = { 'x-api-key': 'good' }
    const response = await guarded(new Request('https://api.example.test/', { headers }))
    assert.equal(response.status, 403)
  })
})

describe('principalOf', () => {
  it('fails in a handler that forgot its guard', () => {
    assert.throws(() => ofExpress({}), /CS_CONFIG_ROUTE_UNPROTECTED|no guard/)
    assert.throws(() => ofFastify({}), ConfigError)
    assert.throws(() => ofKoa({ state: {} }), ConfigError)
  })
})

describe('the synchronous path', () => {
  it('answers a fetch handler without a promise', () => {
    const guarded = fetch(desk, {}, handler)
    const headers = { 'x-api-key': 'good' }
    assert(guarded(new Request('https://api.example.test/', { headers })) instanceof Response)
    assert(guarded(new Request('https://api.example.test/')) instanceof Response)
  })
  it('calls next before the middleware returns', () => {
    let called = false
    const rawHeaders = ['X-API-Key', 'good']
    const request = Object.assign(Readable.from([]), { rawHeaders, socket: {}, originalUrl: '/' })
    const response = { statusCode: 200, setHeader: assert.fail, end: assert.fail }
    express(desk)(request, response, () => {
      called = true
    })
    assert(called)
  })
})

describe('a runtime without node:http', () => {
  it('tells the guard the address that the runtime passes', async () => {
    const inside = scriptedDesk({ networks: ['192.0.2.0/24'] }).desk
    const protect = protectWith((_request, peer: string) => ({ remoteAddress: peer }))
    const guarded = protect(inside, {}, handler)
    const headers = { 'x-api-key': 'good' }
    const status = async (peer: string): Promise<number> =>
      (await guarded(new Request('https://api.example.test/', { headers }), peer)).status
    assert.equal(await status('192.0.2.7'), 200)
    assert.equal(await status('198.51.100.7'), 403)
  })
  it('lets nobody through a network list when no address is known', async () => {
    const inside = scriptedDesk({ networks: ['0.0.0.0/0', '::/0'] }).desk
    const guarded = fetch(inside, {}, handler)
    const headers = { 'x-api-key': 'good' }
    assert.equal((await guarded(new Request('https://a.test/', { headers }))).status, 403)
  })
  it('passes what the runtime passes on to the handler', async () => {
    const guarded = fetch(desk, {}, (_request, { principal }, id: number) =>
      Response.json([principal.id, id]),
    )
    const headers = { 'x-api-key': 'good' }
    const response = await guarded(new Request('https://a.test/', { headers }), 7)
    assert.deepEqual(await response.json(), ['svc_scripted', 7])
  })
  it('adds limits to a response with immutable headers', async () => {
    const guarded = fetch(desk, {}, () => Response.redirect('https://a.test/'))
    const headers = { 'x-api-key': 'limited' }
    const response = await guarded(new Request('https://a.test/', { headers }))
    assert.equal(response.status, 302)
    assert(response.headers.has('ratelimit'))
  })
  it('does not run the handler once the signal of the request is aborted', async () => {
    const own = scriptedDesk()
    const guarded = fetch(own.desk, {}, () => assert.fail('the handler ran'))
    const client = new AbortController()
    const init = { headers: { 'x-api-key': 'slow' }, signal: client.signal }
    const answer = guarded(new Request('https://a.test/', init))
    client.abort()
    own.release()
    assert.equal((await answer).status, 499)
  })
  it('serves hono by the WHATWG request, and sees joined Authorization headers', async () => {
    const app = new Hono<{ Variables: CallerVariables }>()
    app.get(
      '/orders',
      hono(desk, {}, () => ({ remoteAddress: '192.0.2.7' })),
      (c) => c.text(c.get('principal').id),
    )
    const ask = async (headers: [string, string][]): Promise<Response> =>
      app.request('/orders', { headers })
    const good = await ask([['authorization', 'Bearer good']])
    assert.equal(await good.text(), 'svc_scripted')
    const twice = await ask([
      ['authorization', 'Bearer good'],
      ['authorization', 'Bearer good'],
    ])
    assert.equal(twice.status, 400)
    const slow = await ask([['x-api-key', 'later']])
    assert.equal(slow.status, 200)
  })
})
