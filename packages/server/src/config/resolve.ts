import { resolve as resolvePath } from 'node:path'
import { ConfigError, parseNetwork, Secret } from 'countersign'
import type { z } from 'zod'
import { resolveCertificates, type CertificateOptions } from '../certificate-authority/options.ts'
import { resolveTrustedIssuers, type TrustedIssuer } from '../trusted-issuers/options.ts'
import { assertIssuer } from './issuer.ts'
import { environmentLayer, mergeLayers, type Environment, type Layer } from './layers.ts'
import { didYouMean } from './nearest.ts'
import { resolveOauth, type OauthConfig } from './oauth.ts'
import { configJsonSchema, configSchema, type Config } from './schema.ts'
import { resolveStore, type RedisLocation, type StoreLocation } from './store.ts'
import { assertTls, resolveTls, type TlsConfig } from './tls.ts'

/** A complete configuration: every default filled in, every path absolute. */
export interface ResolvedConfig {
  /** Undefined until the port is known, where the default follows it. */
  readonly issuer: string | undefined
  readonly host: string
  readonly port: number
  readonly metrics: { readonly host: string; readonly port: number } | undefined
  /** Undefined: plain http. */
  readonly tls: TlsConfig | undefined
  /** The data folder. */
  readonly data: string
  readonly store: StoreLocation
  /** Undefined: the store counts limits and remembers single uses. */
  readonly redis: RedisLocation | undefined
  readonly brand: string
  /** Undefined: the issuer alone. */
  readonly audience: readonly string[] | undefined
  /** What is absent has the default of the signing keys themselves. */
  readonly signing: {
    readonly algorithm?: 'ES256' | 'RS256' | 'PS256' | 'Ed25519'
    readonly rotationSeconds?: number
    readonly jwksMaxAgeSeconds?: number
  }
  /** Undefined: there is no CA. */
  readonly certificates: CertificateOptions | undefined
  readonly trustedIssuers: readonly TrustedIssuer[]
  /** What is absent has the default of the authority. */
  readonly oauth: OauthConfig
  readonly trustedProxies: readonly string[]
  readonly maxStalenessSeconds: number
  readonly secrets: { readonly pepper: string; readonly kek: string }
  readonly logLevel: 'debug' | 'info' | 'warn' | 'error' | 'silent'
  readonly allowHttp: boolean
}

/** Where a configuration comes from, strongest first. */
export interface ConfigSources {
  readonly flags?: Layer
  readonly environment?: Environment
  readonly file?: Layer
  /** What the file is called in messages, and where its relative paths start. */
  readonly fileName?: string
  /** Where relative paths start. */
  readonly folder: string
}

/** Numbers an operator may want to know before changing them. */
const DEFAULT = {
  host: '127.0.0.1',
  port: 4180,
  data: '.countersign',
  brand: 'cs',
  maxStalenessSeconds: 10,
} as const

/**
 * Resolves a configuration: flags over environment over file over defaults. Every problem is found
 * before it throws, and each names its key.
 *
 * @throws `ConfigError` with one line a problem.
 */
export function resolveConfig(sources: ConfigSources): ResolvedConfig {
  const environment = environmentLayer(sources.environment ?? {})
  const problems = [
    ...environment.problems,
    ...check(sources.file ?? {}, sources.fileName ?? 'file'),
    ...check(environment.layer, 'environment'),
    ...check(sources.flags ?? {}, 'flags'),
  ]
  if (problems.length > 0) throw new ConfigError('CS_CONFIG_INVALID', problems.join('\n'))
  const merged = mergeLayers(
    mergeLayers(sources.file ?? {}, environment.layer),
    sources.flags ?? {},
  )
  // Each layer passed the schema, and merging validated layers keeps every field's type; parsing
  // the whole once more catches objects that are only complete together.
  const whole = configSchema.safeParse(merged)
  if (!whole.success)
    throw new ConfigError('CS_CONFIG_INVALID', describe(whole.error, 'configuration').join('\n'))
  return complete(checkMeaning(whole.data), sources.folder)
}

/** What a schema cannot say. */
function checkMeaning(config: Config): Config {
  const { issuer, trustedProxies = [], unsafe } = config
  if (issuer !== undefined) assertIssuer(issuer, unsafe?.allowHttp === true)
  const certificates = certificatesOf(config.certificates)
  if (certificates !== undefined) resolveCertificates(certificates)
  resolveTrustedIssuers(trustedIssuersOf(config))
  for (const proxy of trustedProxies) parseNetwork(proxy)
  assertTls(config.tls)
  return config
}

function complete(config: Config, folder: string): ResolvedConfig {
  const data = resolvePath(folder, config.data ?? DEFAULT.data)
  const { metrics } = config
  return Object.freeze({
    issuer: config.issuer,
    host: config.host ?? DEFAULT.host,
    port: config.port ?? DEFAULT.port,
    metrics:
      metrics === undefined
        ? undefined
        : { host: metrics.host ?? DEFAULT.host, port: metrics.port },
    tls: resolveTls(config.tls, folder),
    data,
    store: resolveStore({
      store: config.store,
      allowUnverified: config.unsafe?.allowUnverifiedStore === true,
      folder,
      data,
    }),
    redis:
      config.redis === undefined
        ? undefined
        : {
            url: new Secret(config.redis),
            allowUnverified: config.unsafe?.allowUnverifiedStore === true,
          },
    brand: config.brand ?? DEFAULT.brand,
    audience: config.audience,
    signing: given(config.signing),
    certificates: certificatesOf(config.certificates),
    trustedIssuers: trustedIssuersOf(config),
    oauth: resolveOauth(config.oauth),
    trustedProxies: config.trustedProxies ?? [],
    maxStalenessSeconds: config.maxStalenessSeconds ?? DEFAULT.maxStalenessSeconds,
    secrets: {
      pepper: config.secrets?.pepper ?? `file:${data}/pepper`,
      kek: config.secrets?.kek ?? `file:${data}/kek`,
    },
    logLevel: config.log?.level ?? 'info',
    allowHttp: config.unsafe?.allowHttp === true,
  })
}

/** Only what was given: an explicit `undefined` would hide the default that stands elsewhere. */
function given(signing: Config['signing']): ResolvedConfig['signing'] {
  const { algorithm, rotationSeconds, jwksMaxAgeSeconds } = signing ?? {}
  return {
    ...(algorithm === undefined ? {} : { algorithm }),
    ...(rotationSeconds === undefined ? {} : { rotationSeconds }),
    ...(jwksMaxAgeSeconds === undefined ? {} : { jwksMaxAgeSeconds }),
  }
}

const trustedIssuersOf = ({ trustedIssuers = [] }: Config): readonly TrustedIssuer[] =>
  trustedIssuers.map(({ tenant, usernameClaim, ...issuer }) => ({
    ...issuer,
    ...(tenant === undefined ? {} : { tenant }),
    ...(usernameClaim === undefined ? {} : { usernameClaim }),
  }))

function certificatesOf(block: Config['certificates']): CertificateOptions | undefined {
  if (block === undefined) return undefined
  const { trustDomain, dnsDomains = [], names = [] } = block
  const byPrincipal = new Map(names.map(({ principalId, dns }) => [principalId, dns]))
  return { trustDomain, dnsDomains, dnsNames: ({ id }) => byPrincipal.get(id) ?? [] }
}

/** Checks one layer by itself, so that a problem names where it stands. */
function check(layer: Layer, source: string): string[] {
  const result = configSchema.safeParse(layer, { reportInput: true })
  if (result.success) return []
  // The environment and the flags set parts of objects; only the whole has to be complete.
  return describe(result.error, source, { ignoreMissing: true })
}

function describe(
  error: z.ZodError,
  source: string,
  options: { readonly ignoreMissing?: boolean } = {},
): string[] {
  return error.issues
    .filter((issue) => !(options.ignoreMissing === true && isMissing(issue)))
    .flatMap((issue) => {
      const path = issue.path.join('.')
      if (issue.code !== 'unrecognized_keys')
        return [`${source}: ${path === '' ? 'configuration' : path}: ${issue.message}`]
      const known = keysAt(issue.path)
      return issue.keys.map(
        (key) =>
          `${source}: unknown key ${[...issue.path, key].join('.')}${didYouMean(key, known)}`,
      )
    })
}

const isMissing = (issue: z.core.$ZodIssue): boolean =>
  issue.code === 'invalid_type' && issue.input === undefined

/** The keys that the schema knows at a path. */
function keysAt(path: readonly PropertyKey[]): readonly string[] {
  let node: unknown = configJsonSchema()
  for (const key of path) node = property(property(node, 'properties'), String(key))
  const properties = property(node, 'properties')
  return typeof properties === 'object' && properties !== null ? Object.keys(properties) : []
}

function property(node: unknown, key: string): unknown {
  return typeof node === 'object' && node !== null ? Reflect.get(node, key) : undefined
}
