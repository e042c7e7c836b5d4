import type { Decision } from '../core/decision.ts'
import type { Guard } from '../core/guard.ts'
import { map, type MaybePromise } from '../core/maybe.ts'
import type { Requirement } from '../core/requirement.ts'
import { allowedFields, answer } from '../core/response.ts'
import { clientGone, FetchView, toResponse, type Connection } from './fetch-message.ts'
import { bind, callerOf, type Caller } from './protection.ts'

/** A fetch handler that is told who calls. `Rest` is what the runtime passes beside the request. */
export type ProtectedHandler<Rest extends readonly unknown[]> = (
  request: Request,
  caller: Caller,
  ...rest: Rest
) => MaybePromise<Response>

/** A fetch handler of Bun, Deno, Workers, or a Next route. */
export type FetchHandler<Rest extends readonly unknown[]> = (
  request: Request,
  ...rest: Rest
) => MaybePromise<Response>

/**
 * Wraps a fetch handler so that it runs only with a principal that meets the requirement.
 * Everything else is answered here; unexpected errors are thrown, as runtimes expect.
 *
 * The address of the client is unknown to a `Request`: networks refuse everybody and failures are
 * counted together. Where that matters, make a `protect` that knows it with {@link protectWith}.
 *
 * Does not read the body, and does not answer CORS: put the CORS layer around it.
 *
 * @throws {@link ConfigError} for a requirement that cannot be meant.
 *
 * @example
 * ```ts
 * export const GET = protect(desk, { scopes: ['orders:read'] }, (request, { principal }) =>
 *   Response.json({ caller: principal.id }),
 * )
 * ```
 */
export function protect<Rest extends readonly unknown[]>(
  desk: Guard,
  requirement: Requirement | undefined,
  handler: ProtectedHandler<Rest>,
): FetchHandler<Rest> {
  return protectWith<Rest>(() => ({}))(desk, requirement, handler)
}

/**
 * Makes a {@link protect} that knows the connection, from what the runtime passes beside the
 * request. What `connection` answers is believed: take it from the socket, not from a header.
 *
 * @example
 * ```ts
 * const protect = protectWith((request, server: Bun.Server) => ({
 *   remoteAddress: server.requestIP(request)?.address,
 * }))
 * ```
 */
export function protectWith<Rest extends readonly unknown[]>(
  connection: (request: Request, ...rest: Rest) => Connection,
): (
  desk: Guard,
  requirement: Requirement | undefined,
  handler: ProtectedHandler<Rest>,
) => FetchHandler<Rest> {
  return (desk, requirement, handler) => {
    const check = bind(desk, requirement)
    return (request, ...rest) => {
      const apply = (decision: Decision): MaybePromise<Response> => {
        if (decision.outcome !== 'allowed') {
          return toResponse(answer(decision, desk), request.method)
        }
        const fields = allowedFields(decision)
        const response = handler(request, callerOf(decision), ...rest)
        return fields.length === 0 ? response : map(response, (made) => withFields(made, fields))
      }
      const decision = check(new FetchView(request, connection(request, ...rest)))
      if (!(decision instanceof Promise)) return apply(decision)
      // Taken before the wait: some servers only abort a signal that somebody asked for in time.
      const { signal } = request
      return decision.then((late) => (signal.aborted ? clientGone() : apply(late)))
    }
  }
}

function withFields(response: Response, fields: readonly (readonly [string, string])[]): Response {
  // A copy: responses that came from fetch() have immutable headers.
  const copy = new Response(response.body, response)
  for (const [name, value] of fields) copy.headers.set(name, value)
  return copy
}
