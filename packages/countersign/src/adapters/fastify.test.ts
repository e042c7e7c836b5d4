import fastify from 'fastify'
import { adapterContract } from '../testing/adapter-contract.ts'
import { principalOf, protect, type FastifyCaller } from './fastify.ts'

declare module 'fastify' {
  interface FastifyRequest extends FastifyCaller {}
}

adapterContract('fastify', async ({ desk, requirement, onCall }) => {
  const app = fastify({ bodyLimit: 1_000_000 })
  app.addHook('onRequest', (_request, reply, done) => {
    reply.header('access-control-allow-origin', '*')
    done()
  })
  app.addContentTypeParser('*', { parseAs: 'string' }, (_request, body, done) => done(null, body))
  app.setErrorHandler((_error, _request, reply) => reply.code(500).send())
  for (const path of desk.resource?.paths ?? []) {
    app.all(path, { onRequest: protect(desk, requirement) }, () => '')
  }
  app.all('/orders', { onRequest: protect(desk, requirement) }, (request) => {
    onCall(principalOf(request), request.decisionId ?? '')
    return request.body ?? ''
  })
  await app.ready()
  return app.server
})
