import type { RevocableFacts } from 'countersign'
import { z } from 'zod'
import { secondsOf } from '../../credentials/audited.ts'
import { invalidInput, problemResponse } from '../problems.ts'
import { route, type Route } from '../route.ts'

const CURSOR = /^\d{1,15}$/

const FULL = {
  status: 503,
  code: 'unavailable',
  title: 'The feed takes no more readers now.',
  headers: [['retry-after', '1']],
} as const

/** The change feed. */
export const feedRoutes: readonly Route[] = [
  route({
    method: 'get',
    path: '/v1/feed',
    scope: 'countersign:feed:read',
    summary: 'Follow the changes that shorten a verdict (server-sent events)',
    query: z.strictObject({
      cursor: z.string().regex(CURSOR, 'Write the last sequence you know.').optional().meta({
        description: 'The last sequence that is known; Last-Event-ID, if sent, counts instead.',
      }),
    }),
    status: 200,
    mediaType: 'text/event-stream',
    async handle({ ctx, services, tenant, principal, query, request }) {
      // A reconnecting EventSource repeats the URL of its first connection, with a newer id.
      const last = request.headers.get('last-event-id') ?? query.cursor
      if (last !== undefined && !CURSOR.test(last)) {
        const detail = 'Write the last sequence you know.'
        return invalidInput([{ pointer: 'Last-Event-ID', detail }])
      }
      const cursor = last === undefined ? undefined : Number(last)
      const facts = factsOf(principal, secondsOf(ctx))
      const { expiresAt } = principal
      const stream = await services.feed.subscribe({ tenant, cursor, facts, expiresAt })
      if (stream === undefined) return problemResponse(FULL)
      return new Response(stream, {
        headers: {
          'content-type': 'text/event-stream',
          'cache-control': 'no-store',
          // nginx would hold events back until its buffer is full.
          'x-accel-buffering': 'no',
        },
      })
    },
  }),
]

type Reader = Parameters<Route['handle']>[0]['principal']

/** What ends the subscription: anything that names its reader from now on. */
function factsOf(principal: Reader, issuedAt: number): RevocableFacts {
  const { tenant, id: principalId, credentialId, type, method } = principal
  const clientId = type === 'service' ? undefined : principal.clientId
  const named = { tenant, principalId, credentialId, clientId, issuedAt }
  return method === 'jwt' || method === 'opaque' ? { ...named, tokenId: credentialId } : named
}
