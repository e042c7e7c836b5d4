import { CliError, type FailureCode } from '../exit.ts'
import { isJson, type Json } from '../json.ts'

/** Sends a request to an authority, near or far. */
export type Fetch = (request: Request) => Promise<Response>

/** What an authority is asked with. */
export interface ApiOptions {
  readonly fetch: Fetch
  /** With the tenant's path, without a slash at the end. */
  readonly base: string
  /** The management key. */
  readonly key: string
}

/** The management API of one tenant. */
export interface Api {
  /** The tenant's base URL. */
  readonly base: string
  get(path: string): Promise<Json>
  /** A public document that is no JSON. */
  text(path: string): Promise<string>
  post(path: string, body: Json): Promise<Json>
  patch(path: string, body: Json): Promise<Json>
  delete(path: string): Promise<Json>
  /** Asks whether a token is good (RFC 7662). */
  introspect(token: string): Promise<Json>
}

/** Makes a client of the management API. Every failure becomes a `CliError` with its exit code. */
export function api({ fetch, base, key }: ApiOptions): Api {
  const send = async (
    method: string,
    path: string,
    content?: { readonly type: string; readonly body: string },
  ): Promise<Json> => {
    const headers = new Headers({ authorization: `Bearer ${key}`, accept: 'application/json' })
    if (content !== undefined) headers.set('content-type', content.type)
    const body = content?.body ?? null
    const request = new Request(`${base}${path}`, { method, redirect: 'error', headers, body })
    return readAnswer(await reach(fetch, request))
  }
  return {
    base,
    get: (path) => send('GET', path),
    text: async (path) => {
      const response = await reach(fetch, new Request(`${base}${path}`, { redirect: 'error' }))
      if (!response.ok) await readAnswer(response)
      return response.text()
    },
    post: (path, body) =>
      send('POST', path, { type: 'application/json', body: JSON.stringify(body) }),
    patch: (path, body) =>
      send('PATCH', path, { type: 'application/json', body: JSON.stringify(body) }),
    delete: (path) => send('DELETE', path),
    introspect: (token) =>
      send('POST', '/oauth/introspect', {
        type: 'application/x-www-form-urlencoded',
        body: new URLSearchParams({ token }).toString(),
      }),
  }
}

async function reach(fetch: Fetch, request: Request): Promise<Response> {
  try {
    return await fetch(request)
  } catch (error) {
    // Node's fetch says "fetch failed" and hides the reason in its cause.
    if (error instanceof TypeError)
      throw new CliError('unavailable', `cannot reach ${new URL(request.url).origin}`)
    throw error
  }
}

async function readAnswer(response: Response): Promise<Json> {
  const body = await parse(response)
  if (response.ok) return body
  throw new CliError(failureOf(response.status), problemText(response.status, body))
}

async function parse(response: Response): Promise<Json> {
  const text = await response.text()
  try {
    const value: unknown = text === '' ? {} : JSON.parse(text)
    return isJson(value) ? value : {}
  } catch {
    return {}
  }
}

const FAILURES: Readonly<Record<number, FailureCode>> = {
  400: 'usage',
  401: 'refused',
  403: 'refused',
  404: 'notFound',
  422: 'usage',
  429: 'unavailable',
  502: 'unavailable',
  503: 'unavailable',
}

const failureOf = (status: number): FailureCode => FAILURES[status] ?? 'failure'

/** problem+json as one sentence, with every field error and the decision to ask `explain` for. */
function problemText(status: number, body: Json): string {
  const { detail, title, errors, decisionId } = body
  const main = firstText(detail, title, body['error_description']) ?? `status ${status}`
  const fields = (Array.isArray(errors) ? errors : []).filter(isJson).map(fieldText)
  const hint = typeof decisionId === 'string' ? ` (countersign explain ${decisionId} says why)` : ''
  return [main + hint, ...fields].join('\n  ')
}

function fieldText({ pointer, detail, message }: Json): string {
  const field =
    typeof pointer === 'string' ? pointer.replace(/^[#/]+/, '').replaceAll('/', '.') : ''
  return `${field}: ${firstText(detail, message) ?? 'is not accepted'}`
}

const firstText = (...values: readonly unknown[]): string | undefined =>
  values.find((value) => typeof value === 'string')
