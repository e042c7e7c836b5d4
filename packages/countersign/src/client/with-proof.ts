import { systemClock, toSeconds, type Clock } from '../core/clock.ts'
import { assertConfig } from '../core/errors.ts'
import { serverTimeOf } from './clock-skew.ts'
import type { Fetch, Proof, Try } from './proof.ts'

/** How a {@link withProof} sends. */
export interface WithProofOptions {
  /** What sends in the end; another wrapper, to combine proofs. @defaultValue the global `fetch` */
  readonly fetch?: Fetch
  /**
   * Times to try again after a failure of the connection or a 503. Each try is signed anew, and a
   * request with a side effect carries an `Idempotency-Key`, the same on every try.
   * @defaultValue 0
   */
  readonly retries?: number
  /** Largest body, in bytes: it is held to be signed and sent again. @defaultValue 16 MiB */
  readonly maxBodyBytes?: number
  /** @defaultValue the system clock */
  readonly clock?: Clock
}

const MAX_BODY_BYTES = 16_777_216
const MAX_RETRY_SECONDS = 30
/** Methods that may be sent twice as they are (RFC 9110 §9.2.2). */
const IDEMPOTENT: ReadonlySet<string> = new Set([
  'GET',
  'HEAD',
  'OPTIONS',
  'PUT',
  'DELETE',
  'TRACE',
])

/**
 * Makes a `fetch` that attaches a proof. A server that refuses the time of a request is believed
 * once about what the time is (SR-109), and the request is signed again with it. Redirects are
 * answers: a proof was made for one target and goes to no other.
 *
 * Does not check the answer, and does not follow an answer's own signature.
 *
 * @throws {@link ConfigError} for options that cannot be meant.
 *
 * @example
 * ```ts
 * const call = withProof(apiKey(process.env.ORDERS_KEY), { retries: 2 })
 * const answer = await call('https://api.example/orders')
 * ```
 */
export function withProof(proof: Proof, options: WithProofOptions = {}): Fetch {
  const { retries = 0, maxBodyBytes = MAX_BODY_BYTES } = options
  assertConfig(
    Number.isInteger(retries) && retries >= 0 && retries <= 10,
    'CS_CONFIG_RETRIES',
    'withProof: retries is an integer from 0 to 10',
  )
  const sender = new Sender(proof, options)
  return async (input, init) => {
    const request = new Request(input, { ...init, redirect: 'manual' })
    const body = await bytesOf(request, maxBodyBytes)
    const fields = retries > 0 ? idempotencyKey(request) : []
    return sender.send(withFields(request, fields), body, retries)
  }
}

class Sender {
  readonly #proof: Proof
  readonly #fetch: Fetch
  readonly #clock: Clock
  /** Seconds that the server's clock is ahead of ours. */
  #ahead = 0

  constructor(proof: Proof, { fetch = globalThis.fetch, clock = systemClock }: WithProofOptions) {
    this.#proof = proof
    this.#fetch = fetch
    this.#clock = clock
  }

  async send(request: Request, body: Uint8Array<ArrayBuffer>, retries: number): Promise<Response> {
    let corrected = false
    let learnt = false
    for (let left = retries; ; ) {
      const answer = await this.#try(request, body).catch((error: unknown) => {
        if (left === 0 || request.signal.aborted) throw error
        return undefined
      })
      if (answer !== undefined && !corrected && (await this.#correct(answer))) corrected = true
      else if (answer !== undefined && !learnt && (await this.#proof.learn?.(answer)) === true) {
        learnt = true
      } else if (left > 0 && (answer === undefined || answer.status === 503)) {
        left -= 1
        await pause(retryAfter(answer), request.signal)
      } else if (answer !== undefined) return answer
      await answer?.body?.cancel()
    }
  }

  async #try(request: Request, body: Uint8Array<ArrayBuffer>): Promise<Response> {
    const attempt: Try = { request, body, now: toSeconds(this.#clock()) + this.#ahead }
    const sent = withFields(request, await this.#proof.attach(attempt))
    const { method } = sent
    return this.#fetch(body.length === 0 ? sent : new Request(sent, { method, body }))
  }

  async #correct(answer: Response): Promise<boolean> {
    const time = answer.status === 401 ? await serverTimeOf(answer) : undefined
    if (time === undefined) return false
    this.#ahead = time - toSeconds(this.#clock())
    return true
  }
}

async function bytesOf(request: Request, maxBytes: number): Promise<Uint8Array<ArrayBuffer>> {
  const body = new Uint8Array(await request.arrayBuffer())
  if (body.length > maxBytes) {
    throw new RangeError(`the body has ${body.length} bytes; maxBodyBytes is ${maxBytes}`)
  }
  return body
}

/** A copy without the body, which has been read and is sent from memory. */
function withFields(request: Request, fields: readonly (readonly [string, string])[]): Request {
  const headers = new Headers(request.headers)
  for (const [name, value] of fields) headers.set(name, value)
  const { method, signal, redirect } = request
  return new Request(request.url, { method, signal, redirect, headers })
}

const idempotencyKey = ({ method, headers }: Request): readonly (readonly [string, string])[] =>
  IDEMPOTENT.has(method) || headers.has('idempotency-key')
    ? []
    : [['idempotency-key', `"${crypto.randomUUID()}"`]]

function retryAfter(answer: Response | undefined): number {
  const seconds = Number(answer?.headers.get('retry-after') ?? 1)
  return Number.isFinite(seconds) ? Math.min(Math.max(seconds, 0), MAX_RETRY_SECONDS) : 1
}

/** Rejects with the reason of the signal as soon as it is aborted. */
function pause(seconds: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const stop = (): void => {
      clearTimeout(timer)
      reject(signal.reason as Error) // whatever the caller aborted with
    }
    const timer = setTimeout(() => {
      signal.removeEventListener('abort', stop)
      resolve()
    }, seconds * 1000)
    signal.addEventListener('abort', stop, { once: true })
  })
}
