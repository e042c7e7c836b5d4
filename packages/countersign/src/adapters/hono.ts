import type { Decision } from '../core/decision.ts'
import type { Guard } from '../core/guard.ts'
import type { Requirement } from '../core/requirement.ts'
import type { RequestView } from '../core/request.ts'
import { allowedFields, answer, type Answer } from '../core/response.ts'
import { clientGone, FetchView, type Connection } from './fetch-message.ts'
import { fieldsOf, isGone } from './node-answer.ts'
import { NodeView, type NodeRequest, type NodeResponse } from './node-message.ts'
import { bind, type Caller } from './protection.ts'

/** The `Variables` that {@link protect} sets: `new Hono<{ Variables: CallerVariables }>()`. */
export type CallerVariables = { -readonly [Name in keyof Caller]: Caller[Name] }

/** What is used of a Hono context. */
export interface HonoContext {
  readonly req: { readonly raw: Request }
  readonly env: unknown
  set(name: string, value: unknown): void
  header(name: string, value: string): void
  body(body: string | null, status: number, headers: Record<string, string | string[]>): Response
}

/** A Hono middleware, in structural types. */
export type HonoMiddleware = (
  context: HonoContext,
  next: () => Promise<void>,
) => Promise<Response | void>

/**
 * Makes a Hono 4 middleware that lets a request on only with a principal that meets the
 * requirement: `c.get('principal')` and `c.get('decisionId')` are set, and limits are in the
 * headers. Everything else is answered here; unexpected errors go to `app.onError`.
 *
 * On Node (`@hono/node-server`) it reads the raw request, and so knows the client's address. On
 * other runtimes `connection` must tell it, or networks refuse everybody.
 *
 * Does not read the body, and does not answer CORS: put `cors()` before it.
 *
 * @param connection - What the runtime knows of the connection. It is believed: take it from
 * `getConnInfo` of the runtime, not from a header.
 * @throws {@link ConfigError} for a requirement that cannot be meant.
 *
 * @example
 * ```ts
 * const app = new Hono<{ Variables: CallerVariables }>()
 * app.get('/orders', protect(desk, { scopes: ['orders:read'] }), (c) =>
 *   c.json({ caller: c.get('principal').id }),
 * )
 * ```
 */
export function protect(
  desk: Guard,
  requirement?: Requirement,
  connection?: (context: HonoContext) => Connection,
): HonoMiddleware {
  const check = bind(desk, requirement)
  return (context, next) => {
    const apply = (decision: Decision): Promise<Response | void> => {
      if (decision.outcome !== 'allowed') return refuse(context, answer(decision, desk))
      context.set('principal', decision.principal)
      context.set('decisionId', decision.decisionId)
      const fields = allowedFields(decision)
      if (fields.length === 0) return next()
      // Afterwards, because a handler that returns a Response of its own drops earlier headers.
      return next().then(() => fields.forEach(([name, value]) => context.header(name, value)))
    }
    const node = nodeOf(context.env)
    const decision = check(viewOf(context, node, connection))
    if (!(decision instanceof Promise)) return apply(decision)
    if (node !== undefined) {
      return decision.then((late) => (isGone(node.outgoing) ? clientGone() : apply(late)))
    }
    const { signal } = context.req.raw
    return decision.then((late) => (signal.aborted ? clientGone() : apply(late)))
  }
}

/** Through the context, so that headers which earlier layers set, CORS above all, stay. */
async function refuse(context: HonoContext, refusal: Answer): Promise<Response> {
  const fields = Object.fromEntries(fieldsOf(refusal))
  const { body, status } = refusal
  if (body === '') return context.body(null, status, fields)
  return context.body(body, status, { ...fields, 'content-length': String(body.length) })
}

/** The bindings of `@hono/node-server`. */
interface NodeBindings {
  readonly incoming: NodeRequest
  readonly outgoing: NodeResponse
}

function nodeOf(env: unknown): NodeBindings | undefined {
  const bindings = env as Partial<NodeBindings> | undefined // checked on the next line
  const found = bindings?.incoming?.rawHeaders !== undefined && bindings.outgoing !== undefined
  return found ? (bindings as NodeBindings) : undefined // both are there
}

function viewOf(
  context: HonoContext,
  node: NodeBindings | undefined,
  connection: ((context: HonoContext) => Connection) | undefined,
): RequestView {
  if (node !== undefined && connection === undefined) return new NodeView(node.incoming)
  return new FetchView(context.req.raw, connection?.(context) ?? {})
}
