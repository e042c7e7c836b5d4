/** What went wrong beyond an endpoint, in the words of whoever asked: a person, an OAuth client, others. */
import { randomId, UnavailableError, type Answer } from 'countersign'
import { lookOf } from '../authorization/respond.ts'
import { PAGE_PATHS } from '../interactions/paths.ts'
import { UnstorableTextError } from '../model/errors.ts'
import { pageAnswer } from '../pages/answer.ts'
import { errorPage } from '../pages/error.ts'
import type { Services } from '../services.ts'
import { json, problem } from './answers.ts'
import type { Exchange } from './exchange.ts'
import type { Route } from './routes.ts'

/** A request that failed. */
interface FailedCall {
  readonly services: Services
  readonly exchange: Exchange
}

const PAGES: ReadonlySet<string> = new Set(Object.values(PAGE_PATHS))

/**
 * The answer to a failure, and its line in the log: an unreachable store is 503, a bug 500. A person
 * gets a page with an id that stands in that line.
 */
export function failed(call: FailedCall, route: Pick<Route, 'path'>, error: unknown): Answer {
  const { path } = route
  if (error instanceof UnstorableTextError) return unstorable(path, error)
  const unavailable = error instanceof UnavailableError
  const decisionId = randomId('dec')
  const facts = { err: error, route: path, decisionId }
  if (unavailable) call.services.log.warn(facts, 'a control is unavailable')
  else call.services.log.error(facts, 'a request failed')
  const answer = PAGES.has(path)
    ? pageAnswer(
        errorPage({ kind: unavailable ? 'unavailable' : 'internal', decisionId }, lookOf(call)),
      )
    : told(path, unavailable)
  if (!unavailable) return answer
  const wait = ['retry-after', String(error.retryAfterSeconds)] as const
  return { ...answer, headers: [...answer.headers, wait] }
}

/** No parameter of a protocol and no name has a NUL in it. */
const unstorable = (path: string, { message }: UnstorableTextError): Answer =>
  path.startsWith('/oauth/')
    ? json({ error: 'invalid_request', error_description: message }, 400)
    : problem({ status: 400, code: 'bad-request', title: message })

/** OAuth clients read OAuth errors, everybody else a problem. */
function told(path: string, unavailable: boolean): Answer {
  const status = unavailable ? 503 : 500
  const text = 'The request could not be processed.'
  if (!path.startsWith('/oauth/')) {
    return problem({ status, code: unavailable ? 'unavailable' : 'internal-error', title: text })
  }
  const error = unavailable ? 'temporarily_unavailable' : 'server_error'
  return json({ error, error_description: text }, status)
}
