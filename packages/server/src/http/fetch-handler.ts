import { NOT_FOUND } from './dispatch.ts'
import type { Connection } from './exchange.ts'
import { FetchExchange, toResponse } from './fetch.ts'
import type { Router } from './router.ts'

/** Answers a WHATWG request. */
export type FetchHandler = (request: Request, connection?: Connection) => Promise<Response>

/** What answers paths that are not the authority's. */
export type Fallback = (request: Request, connection: Connection) => Response | Promise<Response>

const nothing: Fallback = (request) => toResponse(NOT_FOUND, request.method)

/** Makes the fetch handler of an authority. */
export function fetchHandler(router: Router, fallback: Fallback = nothing): FetchHandler {
  return async (request, connection = {}) => {
    const exchange = new FetchExchange(request, connection)
    const target = router.find(pathOf(exchange.target))
    switch (target.kind) {
      case 'table':
        return toResponse(await router.answer(target.place, exchange), request.method)
      case 'api':
        return router.answerApi(request, target.place, connection)
      case 'nobody':
        return fallback(request, connection)
      default:
        return target satisfies never
    }
  }
}

/** The path of a request target, without the query. */
export function pathOf(target: string): string {
  const end = target.indexOf('?')
  return end < 0 ? target : target.slice(0, end)
}
