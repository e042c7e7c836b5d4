import { err, ok } from '../core/result.ts'
import { networkFailure, readDocument, readJson, refusedStatus } from './body.ts'
import type { FetchDocument } from './document.ts'
import {
  MAX_REDIRECTS,
  type FetchJson,
  type FetchOutcome,
  type FetchRequest,
  type OpenStream,
} from './seam.ts'
import { checkTarget, redirectTarget } from './target.ts'

/**
 * Fetches JSON from a configured URL, with the runtime's `fetch`.
 *
 * Runtimes without a resolver cannot check where a name leads: literal addresses and local names
 * are refused, a public name that resolves to a private address is not (SECURITY.md).
 */
export const fetchJson: FetchJson = async (request) => {
  const target = checkTarget(request)
  if (!target.ok) return target
  const signal = AbortSignal.timeout(request.timeoutMs)
  try {
    return await follow(target.value, request, signal)
  } catch (error) {
    return networkFailure(error, request.timeoutMs, signal)
  }
}

/** See {@link FetchDocument}. */
export const fetchDocument: FetchDocument = async (request) => {
  const target = checkTarget(request)
  if (!target.ok) return target
  const { headers = {}, timeoutMs, maxBytes } = request
  const signal = AbortSignal.timeout(timeoutMs)
  try {
    const response = await fetch(target.value, { headers, redirect: 'manual', signal })
    const header = (name: string): readonly string[] => {
      const value = response.headers.get(name)
      return value === null ? [] : [value]
    }
    const { status, body } = response
    const outcome = await readDocument({ status, header, chunks: body ?? NOTHING }, maxBytes)
    // A body that was not read to its end keeps its connection.
    if (!outcome.ok && body?.locked === false) await body.cancel()
    return outcome
  } catch (error) {
    return networkFailure(error, timeoutMs, signal)
  }
}

/** See {@link OpenStream}. */
export const openStream: OpenStream = async (request, signal) => {
  const target = checkTarget(request)
  if (!target.ok) return target
  const { headers = {} } = request
  try {
    const response = await fetch(target.value, { headers, redirect: 'manual', signal })
    if (response.status === 200 && response.body !== null) return ok(response.body)
    await response.body?.cancel()
    return err({ kind: 'status', message: `answered ${response.status}` })
  } catch {
    return err({ kind: 'unreachable', message: 'network error' })
  }
}

async function follow(
  start: URL,
  request: FetchRequest,
  signal: AbortSignal,
): Promise<FetchOutcome> {
  const { method = 'GET', body } = request
  const headers = { accept: 'application/json', ...request.headers }
  const init = { method, headers, redirect: 'manual', signal } as const
  let url = start
  for (let hops = 0; hops <= MAX_REDIRECTS; hops += 1) {
    const response = await fetch(url, body === undefined ? init : { ...init, body })
    const { status } = response
    if (status < 300 || status > 399 || method === 'POST') {
      return refusedStatus(status) ?? (await readJson(response.body ?? NOTHING, request.maxBytes))
    }
    await response.body?.cancel()
    const next = redirectTarget(url, response.headers.get('location') ?? undefined)
    if (next === undefined) return err({ kind: 'redirect', message: 'redirects elsewhere' })
    url = next
  }
  return err({ kind: 'redirect', message: `more than ${MAX_REDIRECTS} redirects` })
}

const NOTHING: AsyncIterable<Uint8Array> = {
  async *[Symbol.asyncIterator]() {},
}
