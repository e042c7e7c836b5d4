import { createServer } from 'node:http'
import express, { type ErrorRequestHandler } from 'express'
import { adapterContract, type Route } from '../testing/adapter-contract.ts'
import { principalOf, protect } from './express.ts'

const failed: ErrorRequestHandler = (_error, _request, response, _next) => {
  response.status(500).end()
}

adapterContract('express', ({ desk, requirement, onCall }: Route) => {
  const app = express()
  app.use((_request, response, next) => {
    response.set('access-control-allow-origin', '*')
    next()
  })
  const paths = ['/orders', ...(desk.resource?.paths ?? [])]
  app.all(paths, protect(desk, requirement), (request, response) => {
    onCall(principalOf(request), request.decisionId ?? '')
    request.pipe(response)
  })
  app.use(failed)
  return createServer(app)
})
