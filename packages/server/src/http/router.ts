import type { Services } from '../services.ts'
import type { WireAnswer } from './answers.ts'
import type { ApiConnection } from './connection.ts'
import { dispatch, isRouted } from './dispatch.ts'
import type { Connection, Exchange } from './exchange.ts'
import { locate, type Place } from './locate.ts'

/** The management API, as the router hands requests to it. */
export interface ApiHandler {
  /** @param request - Its path is below the tenant's base: `/v1/…`. */
  fetch(request: Request, connection: ApiConnection): Response | Promise<Response>
}

/** Who answers a path: the table of routes, the management API, or nobody here. */
export type Target =
  | { readonly kind: 'table' | 'api'; readonly place: Place }
  | { readonly kind: 'nobody' }

/** Finds who answers a path, and has it answered. */
export interface Router {
  /** @param path - Without the query. Attacker-controlled. */
  find(path: string): Target
  answer(place: Place, exchange: Exchange): Promise<WireAnswer>
  answerApi(request: Request, place: Place, connection: Connection): Promise<Response>
}

const NOBODY: Target = Object.freeze({ kind: 'nobody' })

/** Makes the router of an authority. */
export function router(services: Services, api: ApiHandler): Router {
  // An issuer is a checked URL; its path is '' or '/auth'.
  const base = new URL(services.issuer).pathname.replace(/\/$/, '')
  return {
    find(path) {
      const place = locate(path, base)
      if (place === undefined) return NOBODY
      if (isRouted(place)) return { kind: 'table', place }
      return place.path.startsWith('/v1/') ? { kind: 'api', place } : NOBODY
    },
    answer: (place, exchange) => dispatch(services, place, exchange),
    async answerApi(request, { tenant, path }, { remoteAddress, peerCertificate }) {
      const { trustedProxies } = services
      return api.fetch(below(request, path), {
        remoteAddress,
        peerCertificate,
        tenant,
        trustedProxies,
      })
    },
  }
}

/** The request with the path below the tenant's base; the same object where nothing is cut off. */
function below(request: Request, path: string): Request {
  const url = new URL(request.url)
  if (url.pathname === path) return request
  url.pathname = path
  return new Request(url, request)
}
