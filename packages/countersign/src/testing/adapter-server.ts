/** One protected route of a framework on loopback, and requests to it. */
import { strict as assert } from 'node:assert'
import { once } from 'node:events'
import type { Server } from 'node:http'
import type { Guard } from '../core/guard.ts'
import type { MaybePromise } from '../core/maybe.ts'
import type { Principal } from '../core/principal.ts'
import type { Requirement } from '../core/requirement.ts'
import { Wire, wireBytes, type WireAnswer, type WireRequest } from './adapter-wire.ts'

/** What an implementer serves: every method on `/orders`, protected. */
export interface Route {
  readonly desk: Guard
  readonly requirement: Requirement
  /** To be called by the handler, which then answers 200 with the body it was sent. */
  readonly onCall: (principal: Principal, decisionId: string) => void
}

/**
 * Makes a server of the framework. Before the adapter stands what a CORS layer does: every answer
 * has `access-control-allow-origin: *`.
 */
export type Serve = (route: Route) => MaybePromise<Server>

/** A running server and what its handler saw. */
export interface Running {
  readonly port: number
  readonly server: Server
  readonly calls: readonly { readonly principal: Principal; readonly decisionId: string }[]
  close(): Promise<void>
}

/** Starts a served route on a free port of loopback. */
export async function run(
  serve: Serve,
  desk: Guard,
  requirement: Requirement = {},
): Promise<Running> {
  const calls: { principal: Principal; decisionId: string }[] = []
  const onCall = (principal: Principal, decisionId: string): void => {
    calls.push({ principal, decisionId })
  }
  const server = await serve({ desk, requirement, onCall })
  if (!server.listening) await once(server.listen(0, '127.0.0.1'), 'listening')
  const address = server.address()
  assert(typeof address === 'object' && address !== null)
  const close = async (): Promise<void> => {
    server.closeAllConnections()
    await new Promise((resolve) => server.close(resolve))
  }
  return { port: address.port, server, calls, close }
}

/** Sends one request on a connection of its own. */
export async function ask(
  { port }: Running,
  request: WireRequest,
): Promise<WireAnswer | undefined> {
  const wire = await Wire.open(port)
  wire.send(wireBytes(request))
  const answer = await wire.read({ head: request.method === 'HEAD' })
  wire.abort()
  return answer
}
