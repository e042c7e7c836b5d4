import type { Server } from 'node:http'
import { createAdaptorServer, type HttpBindings } from '@hono/node-server'
import { adapterContract, type Route } from '../testing/adapter-contract.ts'
import { protectWith } from './fetch.ts'
import { connectionOf } from './node.ts'

const protect = protectWith((_request, env: HttpBindings) => connectionOf(env.incoming))

/** What runtimes do with a handler that throws or rejects. */
async function attempt(work: () => Response | Promise<Response>): Promise<Response> {
  try {
    return await work()
  } catch {
    return new Response(null, { status: 500 })
  }
}

function serve({ desk, requirement, onCall }: Route): Server {
  const guarded = protect(desk, requirement, (request, { principal, decisionId }) => {
    onCall(principal, decisionId)
    return new Response(request.body)
  })
  const handler = async (request: Request, env: HttpBindings): Promise<Response> => {
    const response = await attempt(() => guarded(request, env))
    response.headers.set('access-control-allow-origin', '*')
    return response
  }
  // createAdaptorServer makes a node:http server, with its bindings, unless told otherwise.
  return createAdaptorServer({
    fetch: (request, env) => handler(request, env as HttpBindings),
  }) as Server
}

adapterContract('fetch', serve, { joinsHeaders: true })
