/** One protected route of a framework on loopback, and requests to it. */
import { strict as assert } from 'node:assert'
import { once } from 'node:events'
import type { Server } from 'node:http'
import { createServer as createTlsServer } from 'node:https'
import type { ConnectionOptions } from 'node:tls'
import type { Guard } from '../core/guard.ts'
import type { MaybePromise } from '../core/maybe.ts'
import type { Principal } from '../core/principal.ts'
import type { Requirement } from '../core/requirement.ts'
import { Wire, wireBytes, type WireAnswer, type WireRequest } from './adapter-wire.ts'

/** What an implementer serves, protected: every method on `/orders` and on `desk.resource?.paths`. */
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

/** How a route is served over TLS: PEM, and every client is asked for a certificate. */
export interface ServedTls {
  readonly key: string
  readonly cert: string
}

/** How a route runs; without options for any principal, over plain HTTP. */
export interface RunOptions {
  readonly requirement?: Requirement | undefined
  readonly tls?: ServedTls | undefined
}

/** Starts a served route on a free port of loopback. */
export async function run(
  serve: Serve,
  desk: Guard,
  { requirement = {}, tls }: RunOptions = {},
): Promise<Running> {
  const calls: { principal: Principal; decisionId: string }[] = []
  const onCall = (principal: Principal, decisionId: string): void => {
    calls.push({ principal, decisionId })
  }
  const made = await serve({ desk, requirement, onCall })
  const server = tls === undefined ? made : overTls(made, tls)
  if (!server.listening) await once(server.listen(0, '127.0.0.1'), 'listening')
  const address = server.address()
  assert(typeof address === 'object' && address !== null)
  const close = async (): Promise<void> => {
    server.closeAllConnections()
    await new Promise((resolve) => server.close(resolve))
  }
  return { port: address.port, server, calls, close }
}

/** Hands the requests of a TLS server to the listeners of a plain one, which never listens. */
function overTls(plain: Server, tls: ServedTls): Server {
  const options = { ...tls, requestCert: true, rejectUnauthorized: false }
  return createTlsServer(options, (request, response) => plain.emit('request', request, response))
}

/** Sends one request on a connection of its own; over TLS if there are options for it. */
export async function ask(
  { port }: Running,
  request: WireRequest,
  tls?: ConnectionOptions,
): Promise<WireAnswer | undefined> {
  const wire = await Wire.open(port, tls)
  wire.send(wireBytes(request))
  const answer = await wire.read({ head: request.method === 'HEAD' })
  wire.abort()
  return answer
}
