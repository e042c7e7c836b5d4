import { assertConfig } from '../../core/errors.ts'
import { memoryReplay } from '../../core/memory-replay.ts'
import type { ReplayStore } from '../../core/replay.ts'
import type { Revocations } from '../../core/revocation.ts'
import { MAX_PRESIGN_SECONDS } from './format.ts'
import { resolveService, type ResolvedService, type SigV4Service } from './service.ts'
import { DayKeys } from './day-keys.ts'
import type { SigV4Source } from './source.ts'

/** How presigned URLs are accepted: each is a bearer token for as long as it lives. */
export interface PresignedOptions {
  /** Longest `X-Amz-Expires`, 1 to 604,800 seconds. @defaultValue 3600 */
  readonly maxLifetimeSeconds?: number
  /**
   * Methods whose URL may be used more than once while it lives: downloads that are resumed.
   * @defaultValue none: a URL works once
   */
  readonly repeatable?: readonly ('GET' | 'HEAD')[]
}

/** How requests that were signed with AWS Signature Version 4 are accepted. */
export interface SigV4Options {
  /** Where access keys are looked up. */
  readonly source: SigV4Source
  /** The regions that this API is: a name of one's own, or `us-east-1`. */
  readonly region: string | readonly string[]
  /** The services that this API is, by name or with how their clients sign. */
  readonly service: string | SigV4Service | readonly (string | SigV4Service)[]
  /** How old a signed header may be, 1 to 300 seconds. @defaultValue 300 */
  readonly maxAgeSeconds?: number
  /**
   * How far in the future a request may be signed, 0 to 300 seconds; a replay store that lost its
   * memory refuses everything for as long. @defaultValue 60
   */
  readonly clockToleranceSeconds?: number
  /** Largest body that is read to be verified, chunk signatures included. @defaultValue 1,048,576 */
  readonly maxBodyBytes?: number
  /** Presigned URLs; `false` refuses them. @defaultValue single use, one hour at most */
  readonly presigned?: false | PresignedOptions
  /**
   * Headers that must be signed whenever they are there, in lower case, beside `host` and those of
   * the scheme: `content-type`, where the handler goes by it. @defaultValue none
   */
  readonly signedHeaders?: readonly string[]
  /** Remembers signatures. @defaultValue this process */
  readonly replay?: ReplayStore
  /** Refuses what was revoked while the source still says otherwise. */
  readonly revocations?: Revocations
  /** Called for every accepted request, for last-used times. Must not throw, wait or write at once. */
  readonly onUse?: (credentialId: string, now: number) => void
  /** Ways to be less strict. Each opens something; say why beside it. */
  readonly unsafe?: {
    /** Accept `UNSIGNED-PAYLOAD`: whoever can change the body may. */
    readonly unsignedPayload?: boolean
    /** Accept targets with two readings: dot segments, `//`, a bare `+`. */
    readonly ambiguousTargets?: boolean
    /** Accept a signature as often as it comes: where something else makes requests idempotent. */
    readonly replays?: boolean
  }
}

/** Options with nothing left open. */
export interface ResolvedSigV4 {
  readonly source: SigV4Source
  readonly keys: DayKeys
  readonly regions: readonly string[]
  readonly services: ReadonlyMap<string, ResolvedService>
  readonly maxAgeSeconds: number
  readonly toleranceSeconds: number
  readonly maxBodyBytes: number
  readonly presigned: Required<PresignedOptions> | undefined
  readonly signedHeaders: readonly string[]
  readonly replay: ReplayStore | undefined
  readonly revocations: Revocations | undefined
  readonly onUse: SigV4Options['onUse']
  readonly allowsUnsigned: boolean
  readonly allowsAmbiguous: boolean
}

/** Completes options. @throws {@link ConfigError} for options that cannot be meant. */
export function resolveSigV4(options: SigV4Options): ResolvedSigV4 {
  const { source, revocations, onUse, unsafe = {}, presigned = {} } = options
  const { maxAgeSeconds = 300, clockToleranceSeconds = 60, maxBodyBytes = 1_048_576 } = options
  const regions = [options.region].flat()
  const services = [options.service].flat().map(resolveService)
  const signedHeaders = options.signedHeaders ?? []
  assertNamed(regions, 'region')
  assertNamed(
    services.map(([name]) => name),
    'service',
  )
  assertBetween('maxAgeSeconds', maxAgeSeconds, [1, 300])
  assertBetween('clockToleranceSeconds', clockToleranceSeconds, [0, 300])
  assertBetween('maxBodyBytes', maxBodyBytes, [0, Number.MAX_SAFE_INTEGER])
  assertConfig(
    signedHeaders.every((name) => name === name.toLowerCase() && name !== ''),
    'CS_CONFIG_SIGV4_HEADERS',
    'sigv4: signedHeaders are names in lower case',
  )
  return {
    source,
    revocations,
    onUse,
    regions,
    signedHeaders,
    maxAgeSeconds,
    maxBodyBytes,
    keys: new DayKeys(),
    services: new Map(services),
    toleranceSeconds: clockToleranceSeconds,
    presigned: presigned === false ? undefined : resolvePresigned(presigned),
    replay: unsafe.replays === true ? undefined : (options.replay ?? memoryReplay()),
    allowsUnsigned: unsafe.unsignedPayload === true,
    allowsAmbiguous: unsafe.ambiguousTargets === true,
  }
}

function resolvePresigned(given: PresignedOptions): Required<PresignedOptions> {
  const { maxLifetimeSeconds = 3600, repeatable = [] } = given
  assertBetween('presigned.maxLifetimeSeconds', maxLifetimeSeconds, [1, MAX_PRESIGN_SECONDS])
  return { maxLifetimeSeconds, repeatable }
}

function assertNamed(names: readonly string[], option: string): void {
  assertConfig(
    names.length > 0 && names.every((name) => /^[A-Za-z0-9-]{1,64}$/.test(name)),
    'CS_CONFIG_SIGV4_SCOPE',
    `sigv4: ${option} names at least one, of at most 64 of A-Z a-z 0-9 -`,
  )
}

function assertBetween(
  option: string,
  value: number,
  [least, most]: readonly [number, number],
): void {
  assertConfig(
    Number.isInteger(value) && value >= least && value <= most,
    'CS_CONFIG_SIGV4_RANGE',
    `sigv4: ${option} is an integer from ${least} to ${most}`,
  )
}
