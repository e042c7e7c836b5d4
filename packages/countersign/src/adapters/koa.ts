import type { Decision } from '../core/decision.ts'
import type { Guard } from '../core/guard.ts'
import type { Principal } from '../core/principal.ts'
import type { Requirement } from '../core/requirement.ts'
import { allowedFields, answer, type Answer } from '../core/response.ts'
import { fieldsOf, isGone } from './node-answer.ts'
import { NodeView, type NodeRequest, type NodeResponse } from './node-message.ts'
import { assertPrincipal, bind, callerOf, type Caller } from './protection.ts'

/** What is used of a Koa context. */
export interface KoaContext {
  readonly req: NodeRequest
  readonly res: NodeResponse
  readonly originalUrl: string
  readonly state: Partial<Caller>
  status: number
  body: unknown
  set(name: string, value: string | string[]): void
}

/** A Koa middleware, in structural types. */
export type KoaMiddleware = (
  context: KoaContext,
  next: () => Promise<unknown>,
) => Promise<unknown> | undefined

/**
 * Makes a Koa 3 middleware that lets a request on only with a principal that meets the requirement:
 * `ctx.state.principal` and `ctx.state.decisionId` are set, and limits are in the headers.
 * Everything else is answered here; unexpected errors reject, as Koa expects.
 *
 * Does not read the body, and does not answer CORS: put the CORS layer before it.
 *
 * @throws {@link ConfigError} for a requirement that cannot be meant.
 *
 * @example
 * ```ts
 * app.use(protect(desk, { scopes: ['orders:read'] }))
 * app.use((ctx) => { ctx.body = { caller: principalOf(ctx).id } })
 * ```
 */
export function protect(desk: Guard, requirement?: Requirement): KoaMiddleware {
  const check = bind(desk, requirement)
  return (context, next) => {
    const apply = (decision: Decision): Promise<unknown> | undefined => {
      if (decision.outcome !== 'allowed') return send(context, answer(decision, desk))
      Object.assign(context.state, callerOf(decision))
      for (const [name, value] of allowedFields(decision)) context.set(name, value)
      return next()
    }
    const decision = check(new NodeView(context.req, context.originalUrl))
    if (!(decision instanceof Promise)) return apply(decision)
    return decision.then((late) => (isGone(context.res) ? undefined : apply(late)))
  }
}

function send(context: KoaContext, refusal: Answer): undefined {
  context.status = refusal.status
  for (const [name, value] of fieldsOf(refusal)) context.set(name, value)
  if (refusal.body !== '') context.body = refusal.body
}

/**
 * The principal of a protected context.
 *
 * @throws {@link ConfigError} when no `protect` stands before the handler.
 */
export const principalOf = (context: { readonly state: Partial<Caller> }): Principal =>
  assertPrincipal(context.state.principal)
