import { err, ok, type Result } from 'countersign'
import { readText } from '../http/exchange.ts'
import { FetchExchange } from '../http/fetch.ts'
import { problemResponse, type ProblemDetails } from './problems.ts'

/** More than any input needs that holds no body of another request. */
const MAX_BODY_BYTES = 65_536

const PROBLEMS = {
  media: {
    status: 415,
    code: 'unsupported-media-type',
    title: 'Send the body as application/json.',
  },
  size: { status: 413, code: 'body-too-large', title: 'The body is too large.' },
  json: { status: 400, code: 'body-malformed', title: 'The body is not JSON in UTF-8.' },
  member: {
    status: 400,
    code: 'body-malformed',
    title: 'The body has a member named __proto__, which is not taken.',
  },
} as const satisfies Readonly<Record<string, ProblemDetails>>

/**
 * Reads a JSON body. Checks, in order: media type, size while reading, UTF-8, JSON, no `__proto__`
 * at any depth.
 *
 * The media type is asked for even where the body is empty: a form of another site cannot send
 * `application/json`, so a browser that keeps a Basic password cannot be used against the API.
 */
export async function readJson(
  request: Request,
  maxBytes = MAX_BODY_BYTES,
): Promise<Result<unknown, Response>> {
  if (!isJson(request.headers.get('content-type'))) return refuse('media')
  const body = await readText(new FetchExchange(request, {}), maxBytes)
  if (!body.ok) return refuse(body.error === 'request.body-too-large' ? 'size' : 'json')
  try {
    return ok(JSON.parse(body.value === '' ? '{}' : body.value, refusePrototype))
  } catch (error) {
    return refuse(error instanceof PrototypeMember ? 'member' : 'json')
  }
}

const refuse = (problem: keyof typeof PROBLEMS): Result<unknown, Response> =>
  err(problemResponse(PROBLEMS[problem]))

/** `application/json`, with or without parameters. */
const isJson = (type: string | null): boolean =>
  type?.split(';', 1)[0]?.trim().toLowerCase() === 'application/json'

class PrototypeMember extends Error {
  override readonly name = 'PrototypeMember'
}

function refusePrototype(key: string, value: unknown): unknown {
  if (key === '__proto__') throw new PrototypeMember()
  return value
}
