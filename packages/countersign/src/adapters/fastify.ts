import type { Decision } from '../core/decision.ts'
import type { Guard } from '../core/guard.ts'
import type { Principal } from '../core/principal.ts'
import type { Requirement } from '../core/requirement.ts'
import { allowedFields, answer, type Answer } from '../core/response.ts'
import { fieldsOf, isGone } from './node-answer.ts'
import { NodeView, type NodeRequest, type NodeResponse } from './node-message.ts'
import { assertPrincipal, bind } from './protection.ts'

/** What is used of a Fastify request. */
export interface FastifyRequest {
  readonly raw: NodeRequest
  readonly originalUrl: string
}

/** What is used of a Fastify reply. */
export interface FastifyReply {
  readonly raw: NodeResponse
  code(status: number): unknown
  header(name: string, value: string | string[]): unknown
  send(payload?: string): unknown
}

/** A Fastify `onRequest` hook, in structural types. */
export type FastifyHook = (
  request: FastifyRequest,
  reply: FastifyReply,
  done: (error?: Error) => void,
) => void

/** What the hook adds to the request. */
export interface FastifyCaller {
  principal?: Principal
  decisionId?: string
}

/**
 * Makes a Fastify 5 `onRequest` hook that lets a request on only with a principal that meets the
 * requirement: `request.principal` and `request.decisionId` are set, and limits are in the headers.
 * It runs before the body is parsed, on a route or, with `addHook`, on an encapsulated context.
 * Everything else is answered here; unexpected errors go to the error handler.
 *
 * Does not answer CORS: register the CORS plugin before it.
 *
 * @throws {@link ConfigError} for a requirement that cannot be meant.
 *
 * @example
 * ```ts
 * app.get('/orders', { onRequest: protect(desk, { scopes: ['orders:read'] }) }, (request) => ({
 *   caller: principalOf(request).id,
 * }))
 * ```
 */
export function protect(desk: Guard, requirement?: Requirement): FastifyHook {
  const check = bind(desk, requirement)
  return (request: FastifyRequest & FastifyCaller, reply, done) => {
    const apply = (decision: Decision): void => {
      if (decision.outcome !== 'allowed') return send(reply, answer(decision, desk))
      request.principal = decision.principal
      request.decisionId = decision.decisionId
      for (const [name, value] of allowedFields(decision)) reply.header(name, value)
      done()
    }
    const decision = check(new NodeView(request.raw, request.originalUrl))
    if (!(decision instanceof Promise)) return apply(decision)
    decision.then((late) => (isGone(reply.raw) ? undefined : apply(late))).catch(done)
  }
}

/** Through the reply, so that the application's headers and hooks apply to refusals too. */
function send(reply: FastifyReply, refusal: Answer): void {
  reply.code(refusal.status)
  for (const [name, value] of fieldsOf(refusal)) reply.header(name, value)
  reply.send(refusal.body === '' ? undefined : refusal.body)
}

/**
 * The principal of a protected request.
 *
 * @throws {@link ConfigError} when no `protect` stands before the handler.
 */
export const principalOf = (request: object): Principal =>
  // The hook writes this property; Fastify's own type cannot name it without being imported.
  assertPrincipal((request as FastifyCaller).principal)
