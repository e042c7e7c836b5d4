import { createServer } from 'node:http'
import Koa from 'koa'
import { adapterContract } from '../testing/adapter-contract.ts'
import { principalOf, protect } from './koa.ts'

adapterContract('koa', ({ desk, requirement, onCall }) => {
  const app = new Koa()
  app.silent = true
  app.use((context, next) => {
    context.set('access-control-allow-origin', '*')
    return next()
  })
  app.use(protect(desk, requirement))
  app.use((context) => {
    onCall(principalOf(context), context.state['decisionId'])
    context.body = context.req
  })
  const listener = app.callback()
  return createServer((request, response) => void listener(request, response))
})
