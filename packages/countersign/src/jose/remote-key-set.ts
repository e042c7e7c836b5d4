import { fetchJson } from '#net'
import { systemClock, type Clock } from '../core/clock.ts'
import { DEFAULTS } from '../core/defaults.ts'
import { assertConfig, UnavailableError } from '../core/errors.ts'
import type { MaybePromise } from '../core/maybe.ts'
import type { Jwk } from '../crypto/seam.ts'
import type { FetchJson, FetchRequest } from '../net/seam.ts'
import { checkTarget } from '../net/target.ts'
import type { JwsAlgorithm } from './algorithms.ts'
import { readJwkSet, type PublishedKey } from './jwk-set.ts'
import { KeyTable, type KeySet } from './key-set.ts'
import type { VerifyKey } from './keys.ts'

/** Where an issuer publishes its keys, and how they are kept. */
export interface RemoteKeySetOptions {
  /** The `jwks_uri` of the issuer; `https`. Never taken from a token. */
  readonly url: string
  /** For RSA keys that are published without `alg`: the one algorithm they are used with. */
  readonly algorithm?: string
  /** Host names that may be private addresses: sidecars, services of one's own network. */
  readonly allowPrivateHosts?: readonly string[]
  /** Seconds after which keys are stale; they are fetched again in the background before. @defaultValue 300 */
  readonly maxAgeSeconds?: number
  /** Seconds for which stale keys serve while the source cannot be reached. @defaultValue 3600 */
  readonly maxStaleSeconds?: number
  /** Seconds without a fetch after a `kid` that the source did not know. @defaultValue 10 */
  readonly cooldownSeconds?: number
  /** @defaultValue 5000 */
  readonly timeoutMs?: number
  /** @defaultValue 262144 */
  readonly maxBytes?: number
  /** Keys in the document, usable or not; a larger document is refused whole. @defaultValue 100 */
  readonly maxKeys?: number
  /** @defaultValue the system clock */
  readonly clock?: Clock
  /** Replaces the guarded fetch of the library, and with it every check of addresses. */
  readonly fetchJson?: FetchJson
  readonly unsafe?: {
    /**
     * Allows `http:` to the hosts of `allowPrivateHosts`. Whoever is on the path can then replace
     * the keys and sign anything: for loopback and sidecars only.
     */
    readonly allowHttp?: boolean
  }
}

/** A key set that follows its issuer. */
export interface RemoteKeySet extends KeySet {
  /** Fetches the keys now, for readiness checks. Throws {@link UnavailableError}. */
  refresh(): Promise<void>
  /**
   * The usable public keys as they were published, `x5c` and all; never a private one.
   *
   * @throws {@link UnavailableError} when they cannot be fetched and none are at hand.
   */
  jwks(): Promise<readonly Jwk[]>
  /** For metrics: when the keys were fetched (milliseconds), how many are usable, what failed last. */
  status(): KeySetStatus
}

/** How a remote key set is doing. */
export interface KeySetStatus {
  readonly fetchedAtMs: number | undefined
  readonly usableKeys: number
  readonly ignoredKeys: number
  readonly lastFailure: string | undefined
}

/** After this share of the age keys are fetched again, so that no request ever waits for it. */
const REFRESH_SHARE = 0.8
/** After a failure the next try waits this long: a source that is down is not hammered. */
const RETRY_MS = 1000
const DEFAULT_MAX_KEYS = 100

/**
 * Makes a key set that is fetched from an issuer's `jwks_uri` and kept fresh.
 *
 * Keys answer from memory. They are fetched in the background before they are stale, and at once
 * for a `kid` nobody has seen: one fetch however many requests wait (single-flight), and none for
 * `cooldownSeconds` after the source did not know the `kid`, so that invented `kid`s cost little. A
 * `kid` that the source does know starts no cooldown: a rotation costs nobody a 401. Stale keys
 * serve for `maxStaleSeconds` while the source is down. A key that leaves the document is gone.
 *
 * @throws {@link ConfigError} for a URL that will never be fetched.
 *
 * @example
 * ```ts
 * const keys = remoteKeySet({ url: 'https://issuer.example/oauth/jwks' })
 * ```
 * @see [RFC 7517 §5](https://www.rfc-editor.org/rfc/rfc7517#section-5) JWK set format
 */
export function remoteKeySet(options: RemoteKeySetOptions): RemoteKeySet {
  return new Remote(options)
}

interface Resolved {
  readonly request: FetchRequest
  readonly fetchJson: FetchJson
  readonly clock: Clock
  readonly algorithm: string | undefined
  readonly maxKeys: number
  readonly refreshAfterMs: number
  readonly usableForMs: number
  readonly cooldownMs: number
}

function resolveRemote(options: RemoteKeySetOptions): Resolved {
  const { maxAgeSeconds = DEFAULTS.keySetMaxAgeSeconds } = options
  const { maxStaleSeconds = DEFAULTS.keySetMaxStaleSeconds } = options
  const request: FetchRequest = {
    url: options.url,
    timeoutMs: options.timeoutMs ?? DEFAULTS.fetchTimeoutMs,
    maxBytes: options.maxBytes ?? DEFAULTS.fetchMaxBytes,
    allowPrivateHosts: options.allowPrivateHosts ?? [],
    allowHttp: options.unsafe?.allowHttp === true,
  }
  const target = checkTarget(request)
  assertConfig(
    target.ok,
    'CS_CONFIG_KEY_SET_URL',
    `remoteKeySet: ${target.ok || target.error.message}`,
  )
  return {
    request,
    fetchJson: options.fetchJson ?? fetchJson,
    clock: options.clock ?? systemClock,
    algorithm: options.algorithm,
    maxKeys: options.maxKeys ?? DEFAULT_MAX_KEYS,
    refreshAfterMs: maxAgeSeconds * 1000 * REFRESH_SHARE,
    usableForMs: (maxAgeSeconds + maxStaleSeconds) * 1000,
    cooldownMs: (options.cooldownSeconds ?? DEFAULTS.keySetCooldownSeconds) * 1000,
  }
}

class Remote implements RemoteKeySet {
  readonly #options: Resolved
  #table = new KeyTable([])
  #published: readonly PublishedKey[] = []
  #ignored = 0
  #fetchedAt = Number.NEGATIVE_INFINITY
  #retryAt = Number.NEGATIVE_INFINITY
  #coolUntil = Number.NEGATIVE_INFINITY
  #failure: string | undefined
  #flight: Promise<void> | undefined

  constructor(options: RemoteKeySetOptions) {
    this.#options = resolveRemote(options)
  }

  find(algorithm: JwsAlgorithm, kid: string | undefined): MaybePromise<VerifyKey | undefined> {
    const { clock, refreshAfterMs, usableForMs } = this.#options
    const now = clock()
    const age = now - this.#fetchedAt
    if (age >= usableForMs) return this.refresh().then(() => this.#table.find(algorithm, kid))
    if (age >= refreshAfterMs) void this.#load()
    const key = this.#table.find(algorithm, kid)
    return key !== undefined || now < this.#coolUntil ? key : this.#search(algorithm, kid)
  }

  async refresh(): Promise<void> {
    await this.#load()
    if (this.#failure !== undefined && !this.#isUsable()) throw this.#unavailable()
  }

  async jwks(): Promise<readonly Jwk[]> {
    const { clock, refreshAfterMs, usableForMs } = this.#options
    const age = clock() - this.#fetchedAt
    if (age >= usableForMs) await this.refresh()
    else if (age >= refreshAfterMs) void this.#load()
    // The texts are JWKs that were read as objects.
    return this.#published.map(({ text }) => JSON.parse(text) as Jwk)
  }

  status(): KeySetStatus {
    return {
      fetchedAtMs: Number.isFinite(this.#fetchedAt) ? this.#fetchedAt : undefined,
      usableKeys: this.#table.keys.length,
      ignoredKeys: this.#ignored,
      lastFailure: this.#failure,
    }
  }

  /** Asks the source for a key that nobody has seen yet. */
  async #search(algorithm: JwsAlgorithm, kid: string | undefined): Promise<VerifyKey | undefined> {
    const { clock, cooldownMs } = this.#options
    if (this.#flight !== undefined) {
      // It may have left before the issuer published the key: its answer is not the last word.
      await this.#flight
      const key = this.#table.find(algorithm, kid)
      if (key !== undefined || clock() < this.#coolUntil) return key
    }
    await this.#load()
    const key = this.#table.find(algorithm, kid)
    if (key !== undefined) return key
    // Whether the source knows the key cannot be told: a 401 would log somebody out.
    if (this.#failure !== undefined) throw this.#unavailable()
    this.#coolUntil = clock() + cooldownMs
    return undefined
  }

  /** One fetch at a time; none right after a failure. Never rejects: `#failure` tells. */
  #load(): Promise<void> {
    if (this.#flight !== undefined) return this.#flight
    if (this.#options.clock() < this.#retryAt) return Promise.resolve()
    this.#flight = this.#fetch().finally(() => {
      this.#flight = undefined
    })
    return this.#flight
  }

  async #fetch(): Promise<void> {
    const { clock, request, algorithm, maxKeys } = this.#options
    const startedAt = clock()
    try {
      const outcome = await this.#options.fetchJson(request)
      if (!outcome.ok) return this.#fail(outcome.error.message)
      const set = await readJwkSet(outcome.value, { algorithm, maxKeys, known: this.#published })
      if (!set.ok) return this.#fail(set.error)
      this.#published = set.value.keys
      this.#ignored = set.value.ignored
      this.#table = new KeyTable(set.value.keys.map(({ key }) => key))
      this.#fetchedAt = startedAt
      this.#failure = undefined
    } catch {
      this.#fail('the fetch threw')
    }
  }

  #fail(message: string): void {
    this.#failure = message
    this.#retryAt = this.#options.clock() + RETRY_MS
  }

  #isUsable(): boolean {
    return this.#options.clock() - this.#fetchedAt < this.#options.usableForMs
  }

  #unavailable(): UnavailableError {
    const { host } = new URL(this.#options.request.url)
    return new UnavailableError('key-set', `the keys of ${host}: ${this.#failure ?? 'unknown'}`)
  }
}
