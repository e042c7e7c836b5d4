import type { IncomingMessage, ServerResponse } from 'node:http'
import { getRequestListener } from '@hono/node-server'
import type { Authority } from '../authority.ts'
import { problem } from './answers.ts'
import type { Connection, Exchange } from './exchange.ts'
import { fetchHandler, pathOf, type Fallback } from './fetch-handler.ts'
import { listen, type Address } from './listener.ts'
import { NodeExchange, writeAnswer } from './node.ts'
import { peerCertificateOf, type NodeSocket } from 'countersign/node'
import { listenWithTls, type ListenerTls, type TlsListener } from './tls/listener.ts'
import type { Router } from './router.ts'

/** How an authority is served. */
export interface ServeOptions extends Address {
  /** Serves over TLS. Without it, TLS is the business of the proxy in front. */
  readonly tls?: ListenerTls
  /** A listener with TLS beside the one without, for the same paths. */
  readonly secure?: Address & { readonly tls: ListenerTls }
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
  /** Of the listener beside, if there is one. */
  readonly secureUrl: string | undefined
  readonly metricsUrl: string | undefined
  /** Looks now whether certificate files changed, instead of within half a minute. */
  reload(): Promise<void>
  /**
   * Stops accepting, finishes requests under way within `drainSeconds`, then closes the authority:
   * buffered decisions are written. The store stays open.
   */
  close(): Promise<void>
}

/**
 * Serves an authority, over plain HTTP unless `tls` is given.
 *
 * The routes of the table are answered straight from `node:http`: a `Request` in front of the token
 * endpoint costs more than the rest of its JavaScript.
 *
 * @throws `ListenError` when a port is busy, `ConfigError` for a certificate that cannot be served;
 * nothing is left open then.
 */
export async function serve(authority: Authority, options: ServeOptions): Promise<AuthorityServer> {
  const drainMs = (options.drainSeconds ?? 10) * 1000
  const { main, secure, metrics } = await openAll(authority, options)
  return {
    url: main.url,
    secureUrl: secure?.url,
    metricsUrl: metrics === undefined ? undefined : `${metrics.url}/metrics`,
    async reload() {
      await Promise.all([main.reload?.(), secure?.reload?.()])
    },
    async close() {
      authority.drain()
      await Promise.all([main.close(drainMs), secure?.close(drainMs), metrics?.close(0)])
      await authority.close()
    },
  }
}

type Open = Pick<TlsListener, 'url' | 'close'> & Partial<Pick<TlsListener, 'reload'>>

/** Opens the listeners; those that are open close again when another cannot. */
async function openAll(
  authority: Authority,
  options: ServeOptions,
): Promise<{ readonly main: Open; readonly secure?: Open; readonly metrics?: Open }> {
  const { fallback, secure, metrics } = options
  const handler = requestListener(authority, fallback)
  const opened: Open[] = []
  const add = async (opening: Promise<Open>): Promise<Open> => {
    const listener = await opening
    opened.push(listener)
    return listener
  }
  try {
    return {
      main: await add(openOne(authority, handler, options)),
      ...(secure === undefined ? {} : { secure: await add(openOne(authority, handler, secure)) }),
      ...(metrics === undefined
        ? {}
        : { metrics: await add(listen(metricsListener(authority), metrics)) }),
    }
  } catch (error) {
    await Promise.all(opened.map((listener) => listener.close(0)))
    throw error
  }
}

function openOne(
  authority: Authority,
  handler: Listener,
  { host, port, tls }: Address & { readonly tls?: ListenerTls },
): Promise<Open> {
  const address = { port, ...(host === undefined ? {} : { host }) }
  return tls === undefined
    ? listen(handler, address)
    : listenWithTls(
        handler,
        { ...address, tls },
        { ...authority.context, certificates: authority.certificates },
      )
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
    ? {
        remoteAddress: env.incoming.socket.remoteAddress,
        peerCertificate: peerCertificateOf(env.incoming.socket),
      }
    : {}

const isMessage = (value: unknown): value is { readonly socket: NodeSocket } =>
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
