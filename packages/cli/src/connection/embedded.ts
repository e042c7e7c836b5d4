import { existsSync } from 'node:fs'
import {
  createAuthority,
  makeLogger,
  type Authority,
  type AuthorityOptions,
} from '@countersign/server'
import { readMasterSecrets, type ResolvedConfig } from '@countersign/server/config'
import type { Call } from '../command.ts'
import { checkPrivate } from '../data-folder/folder.ts'
import { CliError } from '../exit.ts'
import { configuredRedis, configuredStore } from './store.ts'

/** What only some callers change. */
export interface OpenOptions {
  /** Instead of the configured issuer. */
  readonly issuer?: string
  /** What is logged on stderr. @defaultValue `error`: a command says itself what failed */
  readonly logLevel?: ResolvedConfig['logLevel']
  /** A CA for certificates of principals. */
  readonly certificates?: AuthorityOptions['certificates']
  /** For development: see `unsafe` of the authority. */
  readonly noReplayFence?: boolean
}

/**
 * Opens the data folder and makes the authority over it in this process. Both are closed when the
 * call is done.
 */
export async function openAuthority(
  config: ResolvedConfig,
  call: Pick<Call, 'environment' | 'resources' | 'err'>,
  options: OpenOptions = {},
): Promise<Authority> {
  const place = await configuredStore(config)
  if (!existsSync(config.data) || !(await place.exists()))
    throw new CliError('failure', `${config.data} is not initialised: run \`countersign init\``)
  checkPrivate(config.data)
  const secrets = readMasterSecrets(config.secrets, call.environment)
  const store = await place.open()
  call.resources.defer(() => store.close())
  const redis = await configuredRedis(config)
  if (redis !== undefined) call.resources.defer(() => redis.close())
  const certificates = options.certificates ?? config.certificates
  const authority = await createAuthority({
    issuer: options.issuer ?? issuerOf(config),
    store,
    ...(redis === undefined ? {} : { redis }),
    secrets,
    brand: config.brand,
    ...(config.audience === undefined ? {} : { audience: config.audience }),
    signing: config.signing,
    ...(certificates === undefined ? {} : { certificates }),
    trustedIssuers: config.trustedIssuers,
    ...config.oauth,
    trustedProxies: config.trustedProxies,
    maxStalenessSeconds: config.maxStalenessSeconds,
    unsafe: {
      allowHttp: config.allowHttp,
      noReplayFence: options.noReplayFence === true,
    },
    logger: makeLogger({
      level: options.logLevel ?? 'error',
      destination: { write: (line) => void call.err.write(line) },
    }),
  })
  call.resources.defer(() => authority.close())
  return authority
}

/** The configured issuer; on loopback the listener's own address serves. */
export function issuerOf({ issuer, host, port, tls }: ResolvedConfig): string {
  if (issuer !== undefined) return issuer
  if (isLoopbackHost(host)) {
    const scheme = tls === undefined ? 'http' : 'https'
    return `${scheme}://${host.includes(':') ? `[${host}]` : host}:${port}`
  }
  throw new CliError(
    'usage',
    `issuer is missing: for a listener on ${host} set issuer, or COUNTERSIGN_ISSUER, to the URL that callers use`,
  )
}

/** Reports whether a listener on a host can be reached from this machine only. */
export const isLoopbackHost = (host: string): boolean =>
  host === 'localhost' || host === '::1' || /^127(?:\.\d{1,3}){3}$/.test(host)
