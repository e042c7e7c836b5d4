import { lookup as resolve, type LookupAddress } from 'node:dns'
import { request as requestHttp, type IncomingMessage, type RequestOptions } from 'node:http'
import { request as requestHttps } from 'node:https'
import { err, ok, type Result } from '../core/result.ts'
import { networkFailure, readDocument, readJson, refusedStatus } from './body.ts'
import type { FetchDocument } from './document.ts'
import {
  MAX_REDIRECTS,
  type FetchFailure,
  type FetchJson,
  type FetchOutcome,
  type FetchRequest,
  type OpenStream,
} from './seam.ts'
import { checkTarget, isAllowedHost, isPrivateAddress, redirectTarget } from './target.ts'

/**
 * Fetches JSON from a configured URL. See {@link FetchRequest} for the caps.
 *
 * The name is resolved by us and the socket connects to the very addresses that were checked: a
 * second look-up in between is how DNS rebinding passes such checks.
 */
export const fetchJson: FetchJson = async (request) => {
  const target = checkTarget(request)
  if (!target.ok) return target
  const signal = AbortSignal.timeout(request.timeoutMs)
  try {
    return await follow(target.value, request, signal)
  } catch (error) {
    return failureOf(error, request.timeoutMs, signal)
  }
}

/** See {@link FetchDocument}. */
export const fetchDocument: FetchDocument = async (request) => {
  const target = checkTarget(request)
  if (!target.ok) return target
  const signal = AbortSignal.timeout(request.timeoutMs)
  try {
    const response = await send(target.value, request, signal)
    try {
      const header = (name: string): readonly string[] => response.headersDistinct[name] ?? []
      const { statusCode: status = 0 } = response
      return await readDocument({ status, header, chunks: response }, request.maxBytes)
    } finally {
      response.destroy()
    }
  } catch (error) {
    return failureOf(error, request.timeoutMs, signal)
  }
}

const failureOf = (
  error: unknown,
  timeoutMs: number,
  signal: AbortSignal,
): Result<never, FetchFailure> =>
  error instanceof PrivateAddressError
    ? err({ kind: 'refused', message: error.message })
    : networkFailure(error, timeoutMs, signal)

/** See {@link OpenStream}. */
export const openStream: OpenStream = async (request, signal) => {
  const target = checkTarget(request)
  if (!target.ok) return target
  try {
    const response = await send(target.value, request, signal)
    const { statusCode: status = 0 } = response
    if (status === 200) return ok(response)
    response.destroy()
    return err({ kind: 'status', message: `answered ${status}` })
  } catch (error) {
    const kind = error instanceof PrivateAddressError ? 'refused' : 'unreachable'
    return err({ kind, message: error instanceof Error ? error.message : 'network error' })
  }
}

async function follow(
  start: URL,
  request: FetchRequest,
  signal: AbortSignal,
): Promise<FetchOutcome> {
  let url = start
  for (let hops = 0; hops <= MAX_REDIRECTS; hops += 1) {
    const response = await send(url, request, signal)
    try {
      const status = response.statusCode ?? 0
      if (status < 300 || status > 399 || request.method === 'POST') {
        return refusedStatus(status) ?? (await readJson(response, request.maxBytes))
      }
      const next = redirectTarget(url, response.headers.location)
      if (next === undefined) return err({ kind: 'redirect', message: 'redirects elsewhere' })
      url = next
    } finally {
      response.destroy()
    }
  }
  return err({ kind: 'redirect', message: `more than ${MAX_REDIRECTS} redirects` })
}

function send(url: URL, request: Outgoing, signal: AbortSignal): Promise<IncomingMessage> {
  const { method = 'GET', headers, body, allowPrivateHosts } = request
  const options: RequestOptions = {
    method,
    headers: { accept: 'application/json', 'accept-encoding': 'identity', ...headers },
    signal,
    // A pooled socket may have been opened by code that checked nothing.
    agent: false,
    lookup: isAllowedHost(url, allowPrivateHosts) ? resolve : resolvePublic,
  }
  return new Promise((fulfil, reject) => {
    const open = url.protocol === 'http:' ? requestHttp : requestHttps
    const outgoing = open(url, options, fulfil)
    outgoing.on('error', reject)
    outgoing.end(body)
  })
}

type Outgoing = Omit<FetchRequest, 'timeoutMs' | 'maxBytes'>

/** A name that resolves to a private address. */
class PrivateAddressError extends Error {
  override readonly name = 'PrivateAddressError'
}

/** `dns.lookup` that hands out addresses of the public internet only: one private one spoils all. */
const resolvePublic: NonNullable<RequestOptions['lookup']> = (hostname, options, callback) => {
  resolve(hostname, { ...options, all: true }, (error, addresses) => {
    if (error !== null) {
      callback(error, '')
    } else if (
      addresses.length === 0 ||
      addresses.some(({ address }) => isPrivateAddress(address))
    ) {
      const message = `${hostname} resolves to a private address; name it in allowPrivateHosts if it is meant`
      callback(new PrivateAddressError(message), '')
    } else if (options.all === true) {
      callback(null, addresses)
    } else {
      const [first] = addresses satisfies LookupAddress[]
      callback(null, first?.address ?? '', first?.family)
    }
  })
}
