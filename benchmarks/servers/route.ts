/**
 * One route that answers JSON: `route.ts <express|fastify|hono> <bare|countersign|usual>`. The token
 * is the same at every request, as an API sees it from one caller.
 */
import { createServer, type Server } from 'node:http'
import { createAdaptorServer } from '@hono/node-server'
import express from 'express'
import { auth } from 'express-oauth2-jwt-bearer'
import fastifyFactory from 'fastify'
import fastifyJwt from '@fastify/jwt'
import { Hono } from 'hono'
import { jwt as honoJwt } from 'hono/jwt'
import { protect as protectExpress } from 'countersign/express'
import { protect as protectFastify } from 'countersign/fastify'
import { protect as protectHono } from 'countersign/hono'
import { AUDIENCE, ISSUER, keysFor, mintToken } from '../lib/tokens.ts'
import { deskFor } from '../lib/desk.ts'
import { announce } from './announce.ts'

const [framework = 'express', protection = 'bare'] = process.argv.slice(2)
const keys = keysFor('ES256')
// hono/jwt refuses the typ of RFC 9068 access tokens.
const typ = framework === 'hono' && protection === 'usual' ? 'JWT' : 'at+jwt'
const authorization = `Bearer ${await mintToken('ES256', keys, { typ })}`
if (keys.verify instanceof Uint8Array || keys.sign instanceof Uint8Array)
  throw new Error('no key objects')
const publicKey = keys.verify
const privateKey = keys.sign
const body = { hello: 'world' }
const requirement = { scopes: ['orders:read'] }

announce(await build(), { authorization })

async function build(): Promise<Server> {
  if (framework === 'express') return await buildExpress()
  if (framework === 'fastify') return await buildFastify()
  return buildHono()
}

async function buildExpress(): Promise<Server> {
  const app = express()
  if (protection === 'countersign')
    app.use(protectExpress(await deskFor('ES256', keys), requirement))
  if (protection === 'usual') {
    app.use(
      auth({
        issuer: ISSUER,
        audience: AUDIENCE,
        jwksUri: await serveJwks(),
        tokenSigningAlg: 'ES256',
      }),
    )
  }
  app.get('/', (_request, response) => void response.json(body))
  return app.listen(0, '127.0.0.1')
}

async function buildFastify(): Promise<Server> {
  const app = fastifyFactory()
  if (protection === 'countersign') {
    app.addHook('onRequest', protectFastify(await deskFor('ES256', keys), requirement))
  }
  if (protection === 'usual') {
    const publicPem = publicKey.export({ type: 'spki', format: 'pem' }).toString()
    // The plugin makes a signer as well, whether one is wanted or not.
    const privatePem = privateKey.export({ type: 'pkcs8', format: 'pem' }).toString()
    await app.register(fastifyJwt, {
      secret: { public: publicPem, private: privatePem },
      verify: { algorithms: ['ES256'], allowedIss: ISSUER, allowedAud: AUDIENCE, cache: true },
    })
    app.addHook('onRequest', async (request) => {
      await request.jwtVerify()
    })
  }
  app.get('/', () => body)
  await app.listen({ port: 0, host: '127.0.0.1' })
  return app.server
}

async function buildHono(): Promise<Server> {
  const app = new Hono()
  if (protection === 'countersign') app.use(protectHono(await deskFor('ES256', keys), requirement))
  if (protection === 'usual') {
    const secret = { ...publicKey.export({ format: 'jwk' }), alg: 'ES256', kty: 'EC' }
    app.use(honoJwt({ secret, alg: 'ES256', verification: { iss: ISSUER, aud: AUDIENCE } }))
  }
  app.get('/', (context) => context.json(body))
  // createAdaptorServer answers an http.Server unless it is given http2.
  return (createAdaptorServer(app) as Server).listen(0, '127.0.0.1')
}

/** express-oauth2-jwt-bearer reads asymmetric keys from a URL only. */
async function serveJwks(): Promise<string> {
  const jwk = { ...publicKey.export({ format: 'jwk' }), kid: 'k1', alg: 'ES256', use: 'sig' }
  const server = createServer((_request, response) => {
    response.setHeader('content-type', 'application/json').end(JSON.stringify({ keys: [jwk] }))
  }).listen(0, '127.0.0.1')
  await new Promise((resolve) => server.once('listening', resolve))
  const address = server.address()
  return `http://127.0.0.1:${typeof address === 'object' && address !== null ? address.port : 0}/jwks`
}
