import { resolveClient } from 'countersign'
import { isPublic } from '../grants/refresh-rule.ts'
import { oauthError } from '../http/answers.ts'
import type { ClientCall, Endpoint } from './call.ts'

/**
 * Bounds the rows that anybody can have us keep: a public client proves nothing, so its requests are
 * counted by the address prefix that they come from, together with the pages that are begun there
 * (SR-503). A client that proves itself answers for what it asks.
 */
export const withRoom =
  (next: Endpoint<ClientCall>): Endpoint<ClientCall> =>
  async (call) => {
    const { services, exchange, client } = call
    if (!isPublic(client.settings)) return next(call)
    const { address } = resolveClient(exchange, services.proxies)
    const seconds = await services.signInFailures.beganFrom(address, services.clock())
    if (seconds === 0) return next(call)
    return oauthError({
      error: 'temporarily_unavailable',
      description: 'Too many requests were begun from this address; wait.',
      status: 429,
      headers: [['retry-after', String(seconds)]],
    })
  }
