import { systemClock } from '../core/clock.ts'
import { ConfigError, UnavailableError } from '../core/errors.ts'
import type { MaybePromise } from '../core/maybe.ts'
import type { JwsAlgorithm } from './algorithms.ts'
import { assertIssuer, discoverIssuer } from './issuer-metadata.ts'
import type { KeySet } from './key-set.ts'
import type { VerifyKey } from './keys.ts'
import { remoteKeySet, type RemoteKeySet, type RemoteKeySetOptions } from './remote-key-set.ts'

/** Whose keys, and how they are kept. */
export interface IssuerKeySetOptions extends Omit<RemoteKeySetOptions, 'url'> {
  /** The `iss` of its tokens, `https`. From the configuration, never from a token. */
  readonly issuer: string
}

/** A key set that finds the keys of its issuer itself. */
export interface IssuerKeySet extends KeySet {
  /** Fetches metadata and keys now, for readiness checks. Throws {@link UnavailableError}. */
  refresh(): Promise<void>
}

/** After a failure the next try waits this long: an issuer that is down is not hammered. */
const RETRY_MS = 1000

/**
 * Makes a key set that looks its `jwks_uri` up in the metadata of the issuer, at the first token or
 * `refresh()`, and follows it as {@link remoteKeySet} does. The metadata is fetched once: an issuer
 * that moves its keys to another URL is followed by the next start of this process.
 *
 * @throws {@link ConfigError} for an issuer that will never be asked.
 *
 * @example
 * ```ts
 * const keys = issuerKeySet({ issuer: 'https://issuer.example' })
 * ```
 */
export function issuerKeySet(options: IssuerKeySetOptions): IssuerKeySet {
  assertIssuer(options.issuer, options)
  return new Discovered(options)
}

class Discovered implements IssuerKeySet {
  readonly #options: IssuerKeySetOptions
  #keys: RemoteKeySet | undefined
  #flight: Promise<RemoteKeySet> | undefined
  #failure: UnavailableError | undefined
  #retryAt = Number.NEGATIVE_INFINITY

  constructor(options: IssuerKeySetOptions) {
    this.#options = options
  }

  find(algorithm: JwsAlgorithm, kid: string | undefined): MaybePromise<VerifyKey | undefined> {
    if (this.#keys !== undefined) return this.#keys.find(algorithm, kid)
    return this.#discover().then((keys) => keys.find(algorithm, kid))
  }

  async refresh(): Promise<void> {
    const keys = this.#keys ?? (await this.#discover())
    await keys.refresh()
  }

  /** One at a time, and none right after a failure. */
  #discover(): Promise<RemoteKeySet> {
    if (this.#flight !== undefined) return this.#flight
    const { clock = systemClock } = this.#options
    if (this.#failure !== undefined && clock() < this.#retryAt) return Promise.reject(this.#failure)
    this.#flight = this.#load()
      .catch((error: unknown) => {
        this.#retryAt = clock() + RETRY_MS
        this.#failure = asUnavailable(error)
        throw this.#failure
      })
      .finally(() => {
        this.#flight = undefined
      })
    return this.#flight
  }

  async #load(): Promise<RemoteKeySet> {
    const { issuer, ...rest } = this.#options
    const { jwksUri } = await discoverIssuer(issuer, rest)
    this.#keys = remoteKeySet({ ...rest, url: jwksUri })
    return this.#keys
  }
}

/** The `jwks_uri` is the issuer's word: a URL that will never be fetched is its mistake, not ours. */
const asUnavailable = (error: unknown): UnavailableError => {
  if (error instanceof UnavailableError) return error
  const why = error instanceof ConfigError ? error.message : 'the fetch threw'
  return new UnavailableError('issuer', why)
}
