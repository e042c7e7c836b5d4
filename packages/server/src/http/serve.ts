import type { IncomingMessage, ServerResponse } from 'node:http'
import { getRequestListener } from '@hono/node-server'
import type { Authority } from '../authority.ts'
import { problem } from './answers.ts'
import type { Connection, Exchange } from './exchange.ts'
import { fetchHandler, pathOf, type Fallback } from './fetch-handler.ts'
import { listen, type Address } from './listener.ts'
import { NodeExchange, writeAnswer } from './node.ts'
import type { Router } from './router.ts'

/** How an authority is served. */
export interface ServeOptions extends Address {
  /** A second listener for `/metrics`; none without it. Metrics are never on the public one. */
  readonly metrics?: Address
  /** How long requests under way may take after `close`, in seconds. @defaultValue 10 */
  readonly drainSeconds?: number
  /** Answers what is not the authority's, such as the application's own routes. */
  readonly fallback?: Fallback
}

/** An authority that listens. */
export interface AuthorityServer {
  readonly url: string
  readonly metricsUrl: string | undefined
  /**
   * Stops accepting, finishes requests under way within `drainSeconds`, then closes the authority:
   * buffered decisions are written. The store stays open.
   */
  close(): Promise<void>
}

/**
 * Serves an authority over plain HTTP; TLS is the business of the proxy in front.
 *
 * The routes of the table are answered straight from `node:http`: a `Request` in front of the token
 * endpoint costs more than the rest of its JavaScript.
 *
 * @throws `ListenError` when a port is busy; nothing is left open then.
 */
export async function serve(authority: Authority, options: ServeOptions): Promise<AuthorityServer> {
  const drainMs = (options.drainSeconds ?? 10) * 1000
  const main = await listen(requestListener(authority, options.fallback), options)
  const metrics =
    options.metrics === undefined
      ? undefined
      : await listen(metricsListener(authority), options.metrics).catch(async (error: unknown) => {
          await main.close(0)
          throw error
        })
  return {
    url: main.url,
    metricsUrl: metrics === undefined ? undefined : `${metrics.url}/metrics`,
    async close() {
      authority.drain()
      await Promise.all([main.close(drainMs), metrics?.close(0)])
      await authority.close()
    },
  }
}

type Listener = (message: IncomingMessage, response: ServerResponse) => void

/** Answers `node:http` requests: the table directly, the rest as `Request` and `Response`. */
export function requestListener(authority: Authority, fallback?: Fallback): Listener {
  const { router } = authority
  const fetch = fetchHandler(router, fallback)
  const bridged = getRequestListener((request, env) => fetch(request, connectionOf(env)), {
    overrideGlobalObjects: false,
  })
  return (message, response) => {
    const target = router.find(pathOf(message.url ?? '/'))
    if (target.kind !== 'table') {
      void bridged(message, response)
      return
    }
    void answerTable((exchange) => router.answer(target.place, exchange), message, response)
  }
}

/** The router answers every error of its own; what is left here is a client that went away. */
async function answerTable(
  answer: (exchange: Exchange) => ReturnType<Router['answer']>,
  message: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const exchange = new NodeExchange(message)
  try {
    writeAnswer(response, await answer(exchange), exchange.method)
  } catch {
    response.destroy()
  }
}

const connectionOf = (env: object): Connection =>
  'incoming' in env && isMessage(env.incoming)
    ? { remoteAddress: env.incoming.socket.remoteAddress }
    : {}

const isMessage = (
  value: unknown,
): value is { readonly socket: { readonly remoteAddress?: string } } =>
  typeof value === 'object' && value !== null && 'socket' in value

const NO_METRICS = problem({ status: 404, code: 'not-found', title: 'Metrics are at /metrics.' })

const metricsListener =
  (authority: Authority): Listener =>
  (message, response) => {
    if (message.url === '/metrics') void writeMetrics(authority, response)
    else writeAnswer(response, NO_METRICS, message.method ?? 'GET')
  }

async function writeMetrics(authority: Authority, response: ServerResponse): Promise<void> {
  try {
    const { contentType, text } = await authority.metrics()
    response.writeHead(200, { 'content-type': contentType, 'cache-control': 'no-store' })
    response.end(text)
  } catch {
    response.destroy()
  }
}
