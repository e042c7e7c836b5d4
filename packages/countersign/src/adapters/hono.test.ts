import type { Server } from 'node:http'
import { createAdaptorServer } from '@hono/node-server'
import { Hono } from 'hono'
import { adapterContract, type Route } from '../testing/adapter-contract.ts'
import { protect, type CallerVariables } from './hono.ts'

function serve({ desk, requirement, onCall }: Route): Server {
  const app = new Hono<{ Variables: CallerVariables }>()
  app.use(async (c, next) => {
    c.header('access-control-allow-origin', '*')
    await next()
  })
  for (const path of desk.resource?.paths ?? []) app.all(path, protect(desk, requirement))
  app.all('/orders', protect(desk, requirement), (c) => {
    onCall(c.get('principal'), c.get('decisionId'))
    return new Response(c.req.raw.body)
  })
  app.onError((_error, c) => c.body(null, 500))
  // createAdaptorServer makes a node:http server unless told otherwise.
  return createAdaptorServer(app) as Server
}

adapterContract('hono on node', serve)
