import type { Decision } from '../core/decision.ts'
import type { Guard } from '../core/guard.ts'
import type { Principal } from '../core/principal.ts'
import type { Requirement } from '../core/requirement.ts'
import { allowedFields, answer } from '../core/response.ts'
import { isGone, writeAnswer } from './node-answer.ts'
import { NodeView, type NodeRequest, type NodeResponse } from './node-message.ts'
import { assertPrincipal, bind } from './protection.ts'

declare global {
  namespace Express {
    interface Request {
      /** Set by `protect` of `countersign/express`. */
      principal?: Principal
      /** Set by `protect` of `countersign/express`. */
      decisionId?: string
    }
  }
}

/** What is used of an Express request. */
export interface ExpressRequest extends NodeRequest {
  readonly originalUrl: string
  principal?: Principal
  decisionId?: string
}

/** An Express middleware, in structural types. */
export type ExpressMiddleware = (
  request: ExpressRequest,
  response: NodeResponse,
  next: (error?: unknown) => void,
) => void

/**
 * Makes an Express 4 or 5 middleware that lets a request on only with a principal that meets the
 * requirement: `request.principal` and `request.decisionId` are set, and limits are in the headers.
 * Everything else is answered here; unexpected errors go to `next`.
 *
 * Does not read the body, and does not answer CORS: put the CORS layer before it.
 *
 * @throws {@link ConfigError} for a requirement that cannot be meant.
 *
 * @example
 * ```ts
 * app.get('/orders', protect(desk, { scopes: ['orders:read'] }), (request, response) => {
 *   response.json({ caller: principalOf(request).id })
 * })
 * ```
 */
export function protect(desk: Guard, requirement?: Requirement): ExpressMiddleware {
  const check = bind(desk, requirement)
  return (request, response, next) => {
    const apply = (decision: Decision): void => {
      if (decision.outcome !== 'allowed') return writeAnswer(response, answer(decision, desk))
      request.principal = decision.principal
      request.decisionId = decision.decisionId
      for (const [name, value] of allowedFields(decision)) response.setHeader(name, value)
      next()
    }
    const decision = check(new NodeView(request, request.originalUrl))
    if (!(decision instanceof Promise)) return apply(decision)
    decision.then((late) => (isGone(response) ? undefined : apply(late))).catch(next)
  }
}

/**
 * The principal of a protected request.
 *
 * @throws {@link ConfigError} when no `protect` stands before the handler.
 */
export const principalOf = (request: { readonly principal?: Principal | undefined }): Principal =>
  assertPrincipal(request.principal)
