import type { IncomingMessage } from 'node:http'
import { request as send, type Agent } from 'node:https'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import type { ReadableStream } from 'node:stream/web'
import { UnavailableError } from '../../core/errors.ts'
import type { Fetch } from '../proof.ts'

/** Answers without a body (Fetch standard, "null body status"). */
const BODILESS: readonly number[] = [204, 205, 304]

/**
 * Makes a `fetch` over an agent of `node:https`: the one of the platform takes no client certificate
 * (ADR 0010). What it does not do, it says in {@link mtls}.
 */
export const httpsFetch =
  (agent: Agent): Fetch =>
  async (input, init) => {
    const request = new Request(input, init)
    // A certificate proves nothing over http, and who asked for it relies on it.
    if (!request.url.startsWith('https:')) throw new TypeError('mtls: the URL is not https')
    request.signal.throwIfAborted()
    // Only a stream has no length, and who sends one has to say so.
    const isStream = init !== undefined && 'duplex' in init
    const body = isStream ? request.body : new Uint8Array(await request.arrayBuffer())
    try {
      const answer = await exchange(request, body, agent)
      return readable(request, answer)
    } catch (error) {
      request.signal.throwIfAborted()
      if (error instanceof UnavailableError) throw error
      throw new TypeError('fetch failed', { cause: error })
    }
  }

type Body = Uint8Array | Request['body']

function exchange(request: Request, body: Body, agent: Agent): Promise<IncomingMessage> {
  const { method, signal, url } = request
  const headers = { 'accept-encoding': 'identity', ...Object.fromEntries(request.headers) }
  return new Promise((resolve, reject) => {
    const outgoing = send(url, { method, headers, signal, agent }, resolve)
    outgoing.on('error', reject)
    if (body === null || (body instanceof Uint8Array && body.length === 0)) outgoing.end()
    else if (body instanceof Uint8Array) outgoing.setHeader('content-length', body.length).end(body)
    else pipeline(Readable.fromWeb(body as ReadableStream), outgoing).catch(reject) // of the same class
  })
}

/** A status that `Response` does not have must not keep the connection. */
function readable(request: Request, answer: IncomingMessage): Response {
  try {
    return toResponse(request, answer)
  } catch (error) {
    answer.destroy()
    throw error
  }
}

function toResponse({ method, url }: Request, answer: IncomingMessage): Response {
  const { statusCode: status = 0, statusMessage: statusText = '', rawHeaders } = answer
  const headers = new Headers()
  for (let at = 0; at + 1 < rawHeaders.length; at += 2) {
    headers.append(rawHeaders[at] ?? '', rawHeaders[at + 1] ?? '')
  }
  const isEmpty = method === 'HEAD' || BODILESS.includes(status)
  // The connection is free again once the answer was read.
  if (isEmpty) answer.resume()
  const body = isEmpty ? null : (Readable.toWeb(answer) as Response['body']) // of the same class
  const response = new Response(body, { status, statusText, headers })
  // A constructed answer has no URL, and proofs learn per origin.
  return Object.defineProperty(response, 'url', { value: url })
}
