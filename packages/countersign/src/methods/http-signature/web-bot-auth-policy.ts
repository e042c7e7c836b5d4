import { fetchDocument } from '#net'
import { DEFAULTS } from '../../core/defaults.ts'
import { assertConfig } from '../../core/errors.ts'
import { err } from '../../core/result.ts'
import type { FetchDocument } from '../../net/document.ts'
import type { SignatureAlgorithm } from './algorithms.ts'
import { readDirectory } from './directory.ts'
import { DirectoryCache } from './directory-cache.ts'
import { AGENT_ALGORITHMS, DIRECTORY_PATH, DIRECTORY_TYPE } from './directory-format.ts'
import type { HttpSignatureOptions } from './policy.ts'
import { agentOrigin } from './web-bot-auth-agent.ts'

/** An agent whose signature is good: its origin serves the key, and the key signed the request. */
export interface VerifiedAgent {
  /** `https://agent.example` */
  readonly origin: string
  /** The thumbprint of the key. It changes when the agent rotates; the origin does not. */
  readonly keyId: string
}

/** How the directories of agents are fetched and kept. */
export interface DirectoryOptions {
  /** Seconds after which a directory is fetched again, when it is needed. How long a key that was removed lives. @defaultValue 300 */
  readonly maxAgeSeconds?: number
  /** Seconds for which keys serve on while their directory cannot be fetched. @defaultValue 3600 */
  readonly maxStaleSeconds?: number
  /** Seconds without a fetch after a failure, or after a key that was not there. @defaultValue 60 */
  readonly refetchSeconds?: number
  /** With `anyAgent`: fetches in a minute of origins that never gave a key. @defaultValue 60 */
  readonly fetchesPerMinute?: number
  /** With `anyAgent`: directories kept. @defaultValue 1000 */
  readonly maxOrigins?: number
  /** For everything: name, connection, answer, body. @defaultValue 5000 */
  readonly timeoutMs?: number
  /** @defaultValue 65536 */
  readonly maxBytes?: number
  /** Keys in a directory; a larger one is refused whole. No more than four can be proven. @defaultValue 20 */
  readonly maxKeys?: number
  /** Replaces the guarded fetch of the library, and with it every check of addresses. */
  readonly fetchDocument?: FetchDocument
}

/** Which automated clients are accepted, and how. Times are seconds. */
export interface WebBotAuthOptions
  extends Pick<
    HttpSignatureOptions,
    | 'clockToleranceSeconds'
    | 'components'
    | 'maxBodyBytes'
    | 'replay'
    | 'revocations'
    | 'clock'
    | 'onUse'
  > {
  /**
   * The names this API is served under. Required: an agent visits hostile sites all day, and a
   * request that it signed for one of them must not be good here.
   */
  readonly authorities: readonly string[]
  /** The agents that are accepted, by origin: `https://agent.example`. Nobody else is asked for keys. */
  readonly agents?: readonly string[]
  /**
   * Accepts every agent that proves its origin, in the place of `agents`. Callers then name the
   * servers that this process fetches directories from.
   */
  readonly anyAgent?: true
  /** What an agent may do. A good signature says who it is, and nothing about that. @defaultValue none */
  readonly scopes?: (agent: VerifiedAgent) => readonly string[]
  /** @defaultValue `default` */
  readonly tenant?: string
  /** @defaultValue all asymmetric ones but RSA PKCS #1 v1.5 */
  readonly algorithms?: readonly Exclude<SignatureAlgorithm, 'hmac-sha256'>[]
  /** From `created` to `expires`, at the most; the draft recommends up to 86400. @defaultValue 3600 */
  readonly maxLifetimeSeconds?: number
  readonly directory?: DirectoryOptions
  readonly unsafe?: Pick<NonNullable<HttpSignatureOptions['unsafe']>, 'replays' | 'unboundBody'> & {
    /** Believe keys that did not sign their directory: TLS alone says whose they are. */
    readonly unprovenKeys?: boolean
    /** Accept the keys of RFC 9421 appendix B, whose private halves are in every copy of it. */
    readonly testKeys?: boolean
  }
}

/** The longest life of a signature that the draft recommends. */
const LONGEST_LIFE = 86_400

/** Options, checked and complete. */
export interface ResolvedWebBotAuth {
  /** Undefined: any. */
  readonly agents: ReadonlySet<string> | undefined
  readonly tenant: string
  readonly scopes: NonNullable<WebBotAuthOptions['scopes']>
  readonly algorithms: readonly SignatureAlgorithm[]
  readonly maxLifetimeSeconds: number
  readonly directories: DirectoryCache
}

/** Completes what is the profile's own. */
export function resolveWebBotAuth(options: WebBotAuthOptions): ResolvedWebBotAuth {
  const { authorities, agents, anyAgent, maxLifetimeSeconds = 3600 } = options
  assertConfig(
    authorities.length > 0,
    'CS_CONFIG_BOT_AUTHORITIES',
    'webBotAuth: authorities names no host that this API is served under',
  )
  assertConfig(
    anyAgent === true ? agents === undefined : agents !== undefined && agents.length > 0,
    'CS_CONFIG_BOT_AGENTS',
    'webBotAuth: name the agents, or say anyAgent: true, one of the two',
  )
  assertConfig(
    Number.isInteger(maxLifetimeSeconds) &&
      maxLifetimeSeconds > 0 &&
      maxLifetimeSeconds <= LONGEST_LIFE,
    'CS_CONFIG_BOT_LIFETIME',
    `webBotAuth: maxLifetimeSeconds is an integer up to ${LONGEST_LIFE}`,
  )
  return {
    agents: agents === undefined ? undefined : new Set(agents.map(origin)),
    tenant: options.tenant ?? 'default',
    scopes: options.scopes ?? (() => []),
    algorithms: options.algorithms ?? AGENT_ALGORITHMS,
    maxLifetimeSeconds,
    directories: directories(options),
  }
}

function origin(text: string): string {
  const found = agentOrigin(text)
  assertConfig(
    found.ok,
    'CS_CONFIG_BOT_AGENT',
    `webBotAuth: "${text}" is no origin of an agent; write https://agent.example`,
  )
  return found.value
}

function directories({ agents, directory = {}, unsafe = {} }: WebBotAuthOptions): DirectoryCache {
  const get = directory.fetchDocument ?? fetchDocument
  const rules = {
    maxKeys: directory.maxKeys ?? 20,
    proven: unsafe.unprovenKeys !== true,
    testKeys: unsafe.testKeys === true,
  }
  const terms = {
    maxAgeSeconds: directory.maxAgeSeconds ?? DEFAULTS.keySetMaxAgeSeconds,
    maxStaleSeconds: directory.maxStaleSeconds ?? DEFAULTS.keySetMaxStaleSeconds,
    refetchSeconds: directory.refetchSeconds ?? 60,
    // A list is its own bound: nobody can have another origin fetched.
    maxOrigins: agents?.length ?? directory.maxOrigins ?? 1000,
    fetchesPerMinute: agents === undefined ? (directory.fetchesPerMinute ?? 60) : Infinity,
  }
  return new DirectoryCache(terms, async (from, now) => {
    try {
      const outcome = await get({
        url: from + DIRECTORY_PATH,
        headers: { accept: DIRECTORY_TYPE },
        timeoutMs: directory.timeoutMs ?? DEFAULTS.fetchTimeoutMs,
        maxBytes: directory.maxBytes ?? 65_536,
        allowPrivateHosts: [],
      })
      if (!outcome.ok) return err(outcome.error.kind)
      return await readDirectory(outcome.value, { authority: new URL(from).host, now }, rules)
    } catch {
      return err('the fetch threw')
    }
  })
}
