/**
 * The demo API of `countersign dev`: what an application would protect, in as many lines. It shows
 * the use of a guard and nothing else; every answer names the principal that the guard found.
 */
import { createHash } from 'node:crypto'
import type { Guard, MaybePromise, Principal } from 'countersign'
import { protectWith } from 'countersign/fetch'

/** What the socket tells about a request. */
interface Connection {
  readonly remoteAddress?: string | undefined
}

/** Answers requests below `/demo/`; undefined for all others. */
export type DemoApi = (
  request: Request,
  connection: Connection,
) => MaybePromise<Response> | undefined

/** A body that one terminal line could send is smaller. */
const MAX_BODY_BYTES = 1_048_576

const ORDERS = [
  { id: 1, item: 'tea', quantity: 2 },
  { id: 2, item: 'biscuits', quantity: 12 },
]

/** The audience that access tokens for the demo API name. */
export const DEMO_AUDIENCE = 'urn:countersign:demo'

/** What SigV4 clients sign for: any name that both sides use will do. */
export const DEMO_SIGV4 = { region: 'local', service: 'countersign' } as const

/** The scopes that the demo API asks for. */
export const DEMO_SCOPES = { read: 'orders:read', write: 'orders:write' } as const

/** Makes the demo API behind a guard. */
export function demoApi(desk: Guard): DemoApi {
  const protect = protectWith((_request: Request, connection: Connection) => connection)
  const whoami = protect(desk, undefined, (_request, { principal, decisionId }) =>
    json({ ...whoIs(principal), decisionId }),
  )
  const listOrders = protect(desk, { scopes: [DEMO_SCOPES.read] }, (_request, { principal }) =>
    json({ orders: ORDERS, caller: principal.id }),
  )
  const createOrder = protect(desk, { scopes: [DEMO_SCOPES.write] }, placeOrder)
  return (request, connection) => {
    const { pathname } = new URL(request.url)
    if (pathname === '/demo/whoami') return whoami(request, connection)
    if (pathname !== '/demo/orders')
      return pathname.startsWith('/demo/') ? plain(404, 'not-found') : undefined
    switch (request.method) {
      case 'GET':
      case 'HEAD':
        return listOrders(request, connection)
      case 'POST':
        return createOrder(request, connection)
      default:
        return plain(405, 'method-not-allowed', { allow: 'GET, HEAD, POST' })
    }
  }
}

function whoIs(principal: Principal): Record<string, unknown> {
  const { type, id, tenant, method, credentialId, scopes, authenticatedAt, expiresAt } = principal
  return { type, id, tenant, method, credentialId, scopes, authenticatedAt, expiresAt }
}

async function placeOrder(
  request: Request,
  { principal }: { readonly principal: Principal },
): Promise<Response> {
  const hash = createHash('sha256')
  let bytes = 0
  for await (const chunk of request.body ?? []) {
    bytes += chunk.byteLength
    if (bytes > MAX_BODY_BYTES) return plain(413, 'body-too-large')
    hash.update(chunk)
  }
  // The form of RFC 9530, so that it compares with a Content-Digest as it is.
  const digest = `sha-256=:${hash.digest('base64')}:`
  return json({ accepted: true, bytes, digest, caller: principal.id }, 201)
}

const json = (body: unknown, status = 200): Response =>
  Response.json(body, { status, headers: { 'cache-control': 'no-store' } })

const plain = (status: number, code: string, headers: Record<string, string> = {}): Response =>
  Response.json(
    { status, code },
    { status, headers: { 'content-type': 'application/problem+json', ...headers } },
  )
