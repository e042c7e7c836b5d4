import type { Answer } from 'countersign'
import type { Services } from '../services.ts'
import { problem, type WireAnswer } from './answers.ts'
import type { Exchange } from './exchange.ts'
import { failed } from './failed.ts'
import type { Place } from './locate.ts'
import { patternOf, ROUTES, type Route } from './routes.ts'

const BY_PATH: ReadonlyMap<string, readonly Route[]> = Map.groupBy(ROUTES, ({ path }) => path)

/** Nothing is at this path. */
export const NOT_FOUND: Answer = problem({
  status: 404,
  code: 'not-found',
  title: 'There is nothing at this path.',
})

/** Reports whether the table has a path. */
export const isRouted = ({ path }: Place): boolean => BY_PATH.has(patternOf(path))

/**
 * Answers a request whose path is in the table. Checks, in order: method, tenant; then the steps of
 * the route. Whatever goes wrong becomes an answer: an unreachable store 503, a bug 500 and a line
 * in the log.
 */
export async function dispatch(
  services: Services,
  place: Place,
  exchange: Exchange,
): Promise<WireAnswer> {
  const startedAt = performance.now()
  const answer = await answerRoute(services, place, exchange)
  services.metrics.answered(
    patternOf(place.path),
    answer.status,
    (performance.now() - startedAt) / 1000,
  )
  return answer
}

async function answerRoute(
  services: Services,
  { tenant, path }: Place,
  exchange: Exchange,
): Promise<WireAnswer> {
  const routes = BY_PATH.get(patternOf(path)) ?? []
  const method = exchange.method === 'HEAD' ? 'GET' : exchange.method
  const route = routes.find((candidate) => candidate.method === method)
  if (route === undefined) return methodNotAllowed(routes)
  try {
    const found = services.tenants.find(tenant)
    const known = found instanceof Promise ? await found : found
    if (known === undefined) return NOT_FOUND
    const now = Math.floor(services.clock() / 1000)
    return await route.endpoint({ services, tenant: known, exchange, now })
  } catch (error) {
    return failed({ services, exchange }, route, error)
  }
}

function methodNotAllowed(routes: readonly Route[]): Answer {
  const allowed = routes.flatMap(({ method }) => (method === 'GET' ? ['GET', 'HEAD'] : [method]))
  return problem({
    status: 405,
    code: 'method-not-allowed',
    title: 'This path does not answer this method.',
    headers: [['allow', allowed.join(', ')]],
  })
}
