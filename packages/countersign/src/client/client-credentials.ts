import { fetchJson } from '#net'
import { clientSecretBasic } from '../core/client-secret-basic.ts'
import { systemClock, toSeconds, type Clock } from '../core/clock.ts'
import { DEFAULTS } from '../core/defaults.ts'
import { UnavailableError } from '../core/errors.ts'
import type { MaybePromise } from '../core/maybe.ts'
import type { Secret } from '../core/secret.ts'
import type { Proof } from './proof.ts'

/** Where tokens come from. */
export interface ClientCredentialsOptions {
  /** The token endpoint (RFC 6749 §3.2). */
  readonly tokenEndpoint: string
  readonly clientId: string
  readonly clientSecret: Secret | string
  /** Scopes to ask for. @defaultValue what the client is registered for */
  readonly scopes?: readonly string[]
  /** The API that the token is for (RFC 8707). */
  readonly resource?: string
  /** Host names that may be private addresses. */
  readonly allowPrivateHosts?: readonly string[]
  /** @defaultValue the system clock */
  readonly clock?: Clock
  readonly unsafe?: {
    /** Allows `http:` to the hosts of `allowPrivateHosts`. */
    readonly allowHttp?: boolean
  }
}

interface Token {
  readonly value: string
  /** Seconds since the epoch by our clock. */
  readonly renewAt: number
}

/** A token that is as good as over is not worth a refusal. */
const EARLY_SECONDS = 30

/** Fields for a token request, made anew for each. */
export type TokenFields = () => MaybePromise<Readonly<Record<string, string>>>

/**
 * The token of a client: fetched when it is needed, kept until it ends or is refused. However many
 * requests wait for it, it is fetched once.
 */
export class ClientToken {
  readonly #options: ClientCredentialsOptions
  readonly #clock: Clock
  readonly #fields: TokenFields
  #token: Token | undefined
  #fetching: Promise<Token> | undefined

  constructor(options: ClientCredentialsOptions, fields: TokenFields = () => ({})) {
    this.#options = options
    this.#clock = options.clock ?? systemClock
    this.#fields = fields
  }

  /** @throws {@link UnavailableError} when the token endpoint gives none. */
  async get(): Promise<string> {
    const token = this.#token
    if (token !== undefined && toSeconds(this.#clock()) < token.renewAt) return token.value
    this.#fetching ??= this.#fetch().finally(() => {
      this.#fetching = undefined
    })
    return (await this.#fetching).value
  }

  /** Learns that it was refused; reports whether there was one to forget. */
  refused(): boolean {
    const known = this.#token !== undefined
    this.#token = undefined
    return known
  }

  async #fetch(): Promise<Token> {
    this.#token = await fetchToken(this.#options, {
      now: toSeconds(this.#clock()),
      fields: await this.#fields(),
    })
    return this.#token
  }
}

/**
 * Attaches a bearer token from the client credentials grant, and fetches a new one before it ends
 * or when it is refused. However many requests wait for it, it is fetched once.
 *
 * @throws {@link UnavailableError} from a request when the token endpoint gives none.
 * @see [RFC 6749 §4.4](https://www.rfc-editor.org/rfc/rfc6749#section-4.4)
 */
export function clientCredentials(options: ClientCredentialsOptions): Proof {
  const token = new ClientToken(options)
  return Object.freeze({
    attach: async () => [['authorization', `Bearer ${await token.get()}`] as const],
    learn: ({ status }: Response) => status === 401 && token.refused(),
  })
}

interface TokenCall {
  readonly now: number
  readonly fields: Readonly<Record<string, string>>
}

async function fetchToken(
  options: ClientCredentialsOptions,
  { now, fields }: TokenCall,
): Promise<Token> {
  const { clientId, clientSecret, scopes = [], resource, allowPrivateHosts = [] } = options
  const form = new URLSearchParams({ grant_type: 'client_credentials' })
  if (scopes.length > 0) form.set('scope', scopes.join(' '))
  if (resource !== undefined) form.set('resource', resource)
  const outcome = await fetchJson({
    url: options.tokenEndpoint,
    method: 'POST',
    headers: {
      ...fields,
      authorization: clientSecretBasic(clientId, clientSecret),
      'content-type': 'application/x-www-form-urlencoded',
    },
    body: form.toString(),
    timeoutMs: DEFAULTS.fetchTimeoutMs,
    maxBytes: DEFAULTS.fetchMaxBytes,
    allowPrivateHosts,
    allowHttp: options.unsafe?.allowHttp === true,
  })
  if (!outcome.ok) throw new UnavailableError('token-endpoint', outcome.error.message)
  return readToken(outcome.value, now)
}

function readToken(value: unknown, now: number): Token {
  const { access_token: text, expires_in: seconds } = Object(value) as Record<string, unknown> // read as unknown
  if (typeof text !== 'string' || text === '') {
    throw new UnavailableError('token-endpoint', 'the answer has no access_token')
  }
  const life = typeof seconds === 'number' && seconds > 0 ? seconds : 0
  return { value: text, renewAt: now + Math.max(life - EARLY_SECONDS, life / 2) }
}
