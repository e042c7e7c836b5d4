import type { Clock } from '../../core/clock.ts'
import { DEFAULTS } from '../../core/defaults.ts'
import { assertConfig } from '../../core/errors.ts'
import { LruCache } from '../../core/lru.ts'
import { memoryReplay } from '../../core/memory-replay.ts'
import type { ReplayStore } from '../../core/replay.ts'
import { algorithmNamed, type JwsAlgorithm } from '../../jose/algorithms.ts'
import type { VerifyKey } from '../../jose/keys.ts'
import type { Nonces } from './nonces.ts'
import { parseTargetUri } from './target-uri.ts'

/** How DPoP proofs are accepted. */
export interface DpopOptions {
  /** Where used proofs are remembered. @defaultValue {@link memoryReplay}, for one process */
  readonly replay?: ReplayStore
  /** Tells the default replay store when its memory begins. @defaultValue the system clock */
  readonly clock?: Clock
  /** Algorithms that a client may sign with; asymmetric ones only. @defaultValue `ES256`, `Ed25519`, `EdDSA` */
  readonly algorithms?: readonly string[]
  /** Age of a proof, in seconds. A longer one is more to remember against replays. @defaultValue 60 */
  readonly maxAgeSeconds?: number
  /** Seconds that `iat` may be off, on both sides; at most 300. @defaultValue 5 */
  readonly clockToleranceSeconds?: number
  /**
   * Asks for a nonce of ours in every proof, so that none can be made in advance by who has the key
   * for a moment only. Costs clients one refusal at first. See {@link rollingNonces}.
   */
  readonly nonces?: Nonces
  /**
   * The origins that callers address, as `https://api.example`, for an API behind a proxy that
   * changes `Host`. Without it the scheme and `Host` of the request count. Then only the audience
   * of the token keeps a proof for another host from being used here.
   */
  readonly origin?: string | readonly string[]
  /** Largest proof that is read, in characters. @defaultValue 8192 */
  readonly maxProofBytes?: number
}

/** A public key that signed a good proof before. */
export interface KnownKey {
  readonly jkt: string
  readonly key: VerifyKey
}

/** The options, complete and checked. */
export interface DpopPolicy {
  readonly replay: ReplayStore
  readonly algorithms: ReadonlyMap<string, JwsAlgorithm>
  readonly maxAgeSeconds: number
  readonly toleranceSeconds: number
  readonly nonces: Nonces | undefined
  /** In normal form. Undefined: what the request says. */
  readonly origins: readonly string[] | undefined
  readonly maxProofBytes: number
  /** By algorithm and canonical JWK. Filled by good proofs only. */
  readonly keys: LruCache<string, KnownKey>
}

const DEFAULT_ALGORITHMS = ['ES256', 'Ed25519', 'EdDSA']
const MAX_AGE_SECONDS = 60
/** About 1 KiB each. */
const KEYS = 1000

/**
 * Completes and checks options once. Make one policy and reuse it: it holds the keys that were seen.
 *
 * @throws {@link ConfigError} for options that cannot be meant.
 */
export function dpopPolicy(options: DpopOptions = {}): DpopPolicy {
  const { clock, nonces, origin } = options
  const maxAgeSeconds = options.maxAgeSeconds ?? MAX_AGE_SECONDS
  const toleranceSeconds = options.clockToleranceSeconds ?? DEFAULTS.clockToleranceSeconds
  const maxProofBytes = options.maxProofBytes ?? DEFAULTS.maxTokenBytes
  config(isWithin(maxAgeSeconds, 1, 3600), 'MAX_AGE', 'maxAgeSeconds is 1 to 3600')
  config(isWithin(toleranceSeconds, 0, 300), 'CLOCK_TOLERANCE', 'clockToleranceSeconds is 0 to 300')
  config(isWithin(maxProofBytes, 512, 65_536), 'MAX_PROOF', 'maxProofBytes is 512 to 65536')
  return Object.freeze({
    replay: options.replay ?? memoryReplay(clock === undefined ? {} : { clock }),
    algorithms: resolveAlgorithms(options.algorithms ?? DEFAULT_ALGORITHMS),
    maxAgeSeconds,
    toleranceSeconds,
    maxProofBytes,
    nonces,
    origins: origin === undefined ? undefined : [origin].flat().map(normalOrigin),
    keys: new LruCache<string, KnownKey>(KEYS),
  })
}

const isWithin = (value: number, least: number, most: number): boolean =>
  Number.isInteger(value) && value >= least && value <= most

function resolveAlgorithms(names: readonly string[]): ReadonlyMap<string, JwsAlgorithm> {
  config(names.length > 0, 'ALGORITHMS', 'name at least one algorithm')
  return new Map(
    names.map((name) => {
      const algorithm = algorithmNamed(name)
      // RFC 9449 §4.2: never a MAC. A key that both sides know proves nothing about either.
      assertConfig(
        algorithm !== undefined && algorithm.keyType !== 'oct',
        'CS_CONFIG_DPOP_ALGORITHMS',
        `dpop: "${name}" is no asymmetric signature algorithm`,
      )
      return [name, algorithm] as const
    }),
  )
}

function normalOrigin(origin: string): string {
  const parsed = parseTargetUri(origin)
  const message = 'dpop: origin is scheme and host, as "https://api.example"'
  assertConfig(parsed?.path === '/', 'CS_CONFIG_DPOP_ORIGIN', message)
  return parsed.origin
}

function config(condition: boolean, code: string, message: string): void {
  assertConfig(condition, `CS_CONFIG_DPOP_${code}`, `dpop: ${message}`)
}
