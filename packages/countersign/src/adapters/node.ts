import { emitWarning } from 'node:process'
import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Decision } from '../core/decision.ts'
import type { Guard } from '../core/guard.ts'
import type { Principal } from '../core/principal.ts'
import type { Requirement } from '../core/requirement.ts'
import { allowedFields, answer } from '../core/response.ts'
import type { Connection } from './fetch-message.ts'
import { isGone, writeAnswer } from './node-answer.ts'
import { NodeView, type NodeRequest } from './node-message.ts'
import { isUnixSocket, peerCertificateOf } from './node-peer.ts'
import { bind } from './protection.ts'

export {
  isUnixSocket,
  peerCertificateOf,
  type NodePeerCertificate,
  type NodeSocket,
} from './node-peer.ts'

/** A request listener that is told who calls. */
export type ProtectedListener = (
  request: IncomingMessage,
  response: ServerResponse,
  principal: Principal,
  decisionId: string,
) => void

/**
 * Makes a `node:http` request listener that runs the handler only with a principal that meets the
 * requirement. Everything else is answered here.
 *
 * `node:http` has no error handling of its own, and an uncaught error would end the process for
 * all callers: an unexpected error of the guard is a 500 for this one and a process warning for the
 * operator. Errors of the handler are the handler's.
 *
 * Does not read the body, and does not answer CORS: set CORS headers before it.
 *
 * @throws {@link ConfigError} for a requirement that cannot be meant.
 *
 * @example
 * ```ts
 * createServer(protect(desk, { scopes: ['orders:read'] }, (request, response, principal) => {
 *   response.end(`hello ${principal.id}`)
 * }))
 * ```
 */
export function protect(
  desk: Guard,
  requirement: Requirement | undefined,
  handler: ProtectedListener,
): (request: IncomingMessage, response: ServerResponse) => void {
  const check = bind(desk, requirement)
  return (request, response) => {
    const apply = (decision: Decision): void => {
      if (decision.outcome !== 'allowed') return writeAnswer(response, answer(decision, desk))
      for (const [name, value] of allowedFields(decision)) response.setHeader(name, value)
      handler(request, response, decision.principal, decision.decisionId)
    }
    let decision
    try {
      decision = check(new NodeView(request))
    } catch (error) {
      return fail(response, error)
    }
    if (!(decision instanceof Promise)) return apply(decision)
    void decision.then(
      (late) => (isGone(response) ? undefined : apply(late)),
      (error: unknown) => fail(response, error),
    )
  }
}

/**
 * What the socket of a Node request tells, for `protectWith` behind a server that turns requests of
 * `node:http` into WHATWG ones: address, scheme, the certificate of a TLS client.
 *
 * @example
 * ```ts
 * const protect = protectWith((_request, env: HttpBindings) => connectionOf(env.incoming))
 * ```
 */
export const connectionOf = ({ socket }: Pick<NodeRequest, 'socket'>): Connection => ({
  remoteAddress: socket.remoteAddress,
  scheme: socket.encrypted === true ? 'https' : 'http',
  peerCertificate: peerCertificateOf(socket),
  unixSocket: isUnixSocket(socket),
})

function fail(response: ServerResponse, error: unknown): void {
  emitWarning(error instanceof Error ? error : new Error('the guard threw what is no error'))
  writeAnswer(response, {
    status: 500,
    headers: [['content-type', 'application/problem+json']],
    body: '{"type":"about:blank","title":"Internal Server Error","status":500}',
  })
}
