import type { Clock } from '../../core/clock.ts'
import { DEFAULTS } from '../../core/defaults.ts'
import { assertConfig } from '../../core/errors.ts'
import { methodLeases, type LeaseCache } from '../../core/lease.ts'
import { memoryReplay } from '../../core/memory-replay.ts'
import type { ReplayStore } from '../../core/replay.ts'
import type { Revocations } from '../../core/revocation.ts'
import { SIGNATURE_ALGORITHMS, type SignatureAlgorithm } from './algorithms.ts'
import { parseComponent, type Component } from './component.ts'
import type { ComponentContext } from './components.ts'
import { DEFAULT_COMPONENTS } from './coverage.ts'
import { FIELD_TYPES, type FieldType } from './fields.ts'
import type { SignatureProfile } from './profile.ts'
import type { LookedUpKey } from './look-up.ts'
import type { SigningKeySource } from './source.ts'

/** How signed requests are accepted. */
export interface HttpSignatureOptions {
  /** The algorithms that are accepted. No default: name what your callers use, and no more. */
  readonly algorithms: readonly SignatureAlgorithm[]
  /** Where the keys behind a `keyid` are looked up. */
  readonly source: SigningKeySource
  /**
   * The names this API is served under, as the client writes them: `api.example.com`. Without it a
   * request that was signed for another API that knows the same keys is accepted here, since `Host`
   * is what the caller says.
   */
  readonly authorities?: readonly string[]
  /**
   * Components beside the default that every signature must cover: `content-type`,
   * `idempotency-key`, `@query-param;name="id"`. The default is `@method`, `@authority`, `@path` and
   * `@query` (`@target-uri`, or `@request-target` with `@authority`, say the same), and
   * `content-digest` when there is a body.
   */
  readonly components?: readonly string[]
  /**
   * Labels that must all be there and good; the principal is the first one's. Without it, and
   * without `tag`, one good signature is enough.
   */
  readonly labels?: readonly string[]
  /** Only signatures with this tag count: the application they are made for (RFC 9421 §2.3). */
  readonly tag?: string
  /** Age of a signature, in seconds. A longer one is more to remember against replays. @defaultValue 300 */
  readonly maxAgeSeconds?: number
  /** How far the clocks of caller and server may differ, in seconds. @defaultValue 5 */
  readonly clockToleranceSeconds?: number
  /** Largest body that is verified, held in memory while it is. @defaultValue 1 MiB */
  readonly maxBodyBytes?: number
  /** Remembers what was used. @defaultValue `memoryReplay()`, which is for one process */
  readonly replay?: ReplayStore
  /** Ends leases early. Without it a revoked key of a `remote` source lives for `maxStalenessSeconds`. */
  readonly revocations?: Revocations
  /** How long a look-up is believed without a live feed, in seconds. @defaultValue 10; 0 for `records` */
  readonly maxStalenessSeconds?: number
  /** Keys kept, about 1 KiB each. @defaultValue 100 000 */
  readonly leaseEntries?: number
  /** Types of structured fields beside those in {@link FIELD_TYPES}, for `sf` and `key`. */
  readonly fieldTypes?: Readonly<Record<string, FieldType>>
  /**
   * Accept components with `tr`. Trailers come after the body, so the body of such a request is
   * read before its signature is known to be good, up to `maxBodyBytes`. @defaultValue false
   */
  readonly trailers?: boolean
  /** Tells the default replay store when its memory begins. @defaultValue the system clock */
  readonly clock?: Clock
  /** Called for every accepted key, for last-used times. Must not throw, wait or write at once. */
  readonly onUse?: (credentialId: string, now: number) => void
  readonly unsafe?: {
    /** Replaces the default components: what is not covered, whoever is on the path may change. */
    readonly components?: readonly string[]
    /** Accept bodies that no signature covers: whoever is on the path may replace them. */
    readonly unboundBody?: boolean
    /** Accept a captured request again and again until it is too old. */
    readonly replays?: boolean
  }
}

/** Options, checked and complete. */
export interface ResolvedHttpSignature {
  readonly algorithms: readonly SignatureAlgorithm[]
  readonly source: SigningKeySource
  readonly authorities: readonly string[] | undefined
  readonly required: readonly Component[]
  readonly labels: readonly string[] | undefined
  readonly tag: string | undefined
  readonly maxAgeSeconds: number
  readonly toleranceSeconds: number
  readonly maxBodyBytes: number
  readonly bodyBound: boolean
  readonly replay: ReplayStore | undefined
  readonly revocations: Revocations | undefined
  readonly leases: LeaseCache<LookedUpKey>
  readonly context: ComponentContext
  /** What an application of RFC 9421 asks beside all this. */
  readonly profile: SignatureProfile | undefined
  readonly onUse: HttpSignatureOptions['onUse']
}

const MAX_AGE_SECONDS = 300
const MAX_BODY_BYTES = 1_048_576

/**
 * Completes the options of {@link httpSignature}.
 *
 * @throws {@link ConfigError} for options that cannot be meant.
 */
export function resolveHttpSignature(
  options: HttpSignatureOptions,
  profile?: SignatureProfile,
): ResolvedHttpSignature {
  const { algorithms, source, unsafe = {}, labels, tag } = options
  assertAlgorithms(algorithms)
  assertGiven(algorithms, source)
  assertConfig(
    labels === undefined || labels.length > 0,
    'CS_CONFIG_SIGNATURE_LABELS',
    'labels: name at least one, or leave it out',
  )
  const replay =
    options.replay ?? memoryReplay(options.clock === undefined ? {} : { clock: options.clock })
  return Object.freeze({
    algorithms,
    source,
    authorities: options.authorities?.map((name) => name.toLowerCase()),
    required: [...(unsafe.components ?? DEFAULT_COMPONENTS), ...(options.components ?? [])].map(
      component,
    ),
    labels,
    tag,
    maxAgeSeconds: number('maxAgeSeconds', options.maxAgeSeconds ?? MAX_AGE_SECONDS, 1),
    toleranceSeconds: number(
      'clockToleranceSeconds',
      options.clockToleranceSeconds ?? DEFAULTS.clockToleranceSeconds,
      0,
    ),
    maxBodyBytes: number('maxBodyBytes', options.maxBodyBytes ?? MAX_BODY_BYTES, 0),
    bodyBound: unsafe.unboundBody !== true,
    replay: unsafe.replays === true ? undefined : replay,
    revocations: options.revocations,
    leases: methodLeases<LookedUpKey>(
      options,
      source.kind === 'records' ? 'own-table' : 'elsewhere',
    ),
    context: {
      fieldTypes: { ...FIELD_TYPES, ...options.fieldTypes },
      trailers: options.trailers === true,
    },
    profile,
    onUse: options.onUse,
  })
}

function assertAlgorithms(algorithms: readonly SignatureAlgorithm[]): void {
  assertConfig(
    algorithms.length > 0,
    'CS_CONFIG_ALGORITHMS_MISSING',
    'algorithms: name the algorithms that are accepted, such as ["ed25519"]',
  )
  for (const algorithm of algorithms) {
    assertConfig(
      SIGNATURE_ALGORITHMS.includes(algorithm),
      'CS_CONFIG_ALGORITHM_UNKNOWN',
      `algorithms: "${algorithm}" is none of ${SIGNATURE_ALGORITHMS.join(', ')}`,
    )
  }
}

/** A secret that stays where it is verifies nothing here: said at the start, not per request. */
function assertGiven(
  algorithms: readonly SignatureAlgorithm[],
  { algorithms: given = algorithms }: SigningKeySource,
): void {
  const missing = algorithms.find((algorithm) => !given.includes(algorithm))
  assertConfig(
    missing === undefined,
    'CS_CONFIG_SIGNATURE_SOURCE',
    `algorithms: the source gives no key for "${missing}", only for ${given.join(', ')}`,
  )
}

function component(text: string): Component {
  const found = parseComponent(text)
  assertConfig(
    found !== undefined,
    'CS_CONFIG_SIGNATURE_COMPONENT',
    `components: "${text}" is no component; write @method, content-type or @query-param;name="id"`,
  )
  return found
}

function number(option: string, value: number, least: number): number {
  assertConfig(
    Number.isInteger(value) && value >= least,
    'CS_CONFIG_SIGNATURE_NUMBER',
    `${option}: ${value} is no integer of at least ${least}`,
  )
  return value
}
