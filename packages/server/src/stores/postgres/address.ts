import { readFileSync } from 'node:fs'
import type { ConnectionOptions } from 'node:tls'
import { ConfigError } from 'countersign'

/** What the risk is of talking to a database across a network that is not proven to be the right one. */
export interface UnsafeAddress {
  /**
   * Allows `sslmode=disable` and `sslmode=require` to another machine: whoever is in between reads
   * and changes everything, secrets and revocations included.
   */
  readonly allowUnverifiedStore?: boolean
}

/** Where a PostgreSQL database is, as a driver and as a message want to know it. */
export interface Address {
  /** Without what `ssl` says. It holds the password. */
  readonly connectionString: string
  readonly ssl: ConnectionOptions | false
  /** For messages: host, port and database, never user or password (SR-501). */
  readonly name: string
}

const MODES = ['verify-full', 'require', 'disable'] as const
type SslMode = (typeof MODES)[number]

const FILES = { sslrootcert: 'ca', sslcert: 'cert', sslkey: 'key' } as const

/**
 * Reads a `postgres:` URL. To another machine the connection is encrypted and the server proven
 * (`sslmode=verify-full`) unless `unsafe` allows less; on loopback and unix sockets it is as the URL
 * says, in clear by default. `sslrootcert`, `sslcert` and `sslkey` name files.
 *
 * @throws `ConfigError` that never repeats the URL.
 */
export function readAddress(text: string, unsafe: UnsafeAddress = {}): Address {
  const url = URL.parse(text)
  if (url === null || !/^postgres(?:ql)?:$/.test(url.protocol)) throw fault('is no postgres: URL')
  const host = url.searchParams.get('host') ?? decodeURIComponent(url.hostname)
  const isLocal = isLoopback(host)
  const mode = modeOf(url.searchParams.get('sslmode') ?? (isLocal ? 'disable' : 'verify-full'))
  if (!isLocal && mode !== 'verify-full' && unsafe.allowUnverifiedStore !== true) {
    throw fault(
      `sslmode=${mode} to ${host} proves nothing about the server; use verify-full, or unsafe.allowUnverifiedStore`,
    )
  }
  const name = `postgres://${url.host || host}${url.pathname}`
  const ssl = mode === 'disable' ? false : tlsOf(url.searchParams, mode)
  for (const parameter of ['sslmode', ...Object.keys(FILES)]) url.searchParams.delete(parameter)
  return { connectionString: url.href, ssl, name }
}

/** Reports whether a host is this machine: a loopback name or address, or the folder of a socket. */
const isLoopback = (host: string): boolean =>
  host === '' ||
  host.startsWith('/') ||
  host === 'localhost' ||
  host === '[::1]' ||
  host === '::1' ||
  /^127(?:\.\d{1,3}){3}$/.test(host)

function modeOf(text: string): SslMode {
  const mode = MODES.find((known) => known === text)
  if (mode === undefined) throw fault(`sslmode=${text} is none of ${MODES.join(', ')}`)
  return mode
}

function tlsOf(parameters: URLSearchParams, mode: SslMode): ConnectionOptions {
  const options: ConnectionOptions = { rejectUnauthorized: mode === 'verify-full' }
  for (const [parameter, option] of Object.entries(FILES)) {
    const path = parameters.get(parameter)
    if (path !== null) options[option] = readPem(parameter, path)
  }
  return options
}

function readPem(parameter: string, path: string): string {
  try {
    return readFileSync(path, 'utf8')
  } catch {
    throw fault(`${parameter}: cannot read ${path}`)
  }
}

const fault = (problem: string): ConfigError =>
  new ConfigError('CS_CONFIG_STORE', `the URL of the store: ${problem}`)
