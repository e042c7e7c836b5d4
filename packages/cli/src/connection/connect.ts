import { readVariable } from '@countersign/server/config'
import type { Call } from '../command.ts'
import { loadConfig } from '../config/load.ts'
import { dataFolder, readPrivate } from '../data-folder/folder.ts'
import { CliError, usage } from '../exit.ts'
import { readSecret } from '../input.ts'
import { api, type Api, type Fetch } from './api.ts'

/**
 * Connects a command to its authority: to a running one where `--url` or `COUNTERSIGN_URL` says so,
 * else the data folder is opened in this process and its `fetch` is called. The request is the same
 * either way, and so are its authentication, its audit trail and its answer.
 */
export async function connect(call: Call): Promise<Api> {
  const url = call.flags.text('url') ?? call.environment['COUNTERSIGN_URL']
  return url === undefined || url === '' ? connectEmbedded(call) : connectRemote(call, url)
}

async function connectRemote(call: Call, text: string): Promise<Api> {
  const url = parseUrl(text)
  const base = url.href.replace(/\/$/, '')
  const key = (await givenKey(call)) ?? (await localKey(call, url))
  const fetch: Fetch = (request) => globalThis.fetch(request, { signal: call.signal })
  return api({ fetch, base: base + tenantPath(call), key })
}

async function connectEmbedded(call: Call): Promise<Api> {
  const { config } = await loadConfig(call)
  const key = (await givenKey(call)) ?? readPrivate(dataFolder(config.data).adminKey)
  if (key === undefined) throw missingKey(config.data)
  const { openAuthority } = await import('./embedded.ts')
  const authority = await openAuthority(config, call)
  const fetch: Fetch = async (request) => authority.fetch(request)
  return api({ fetch, base: authority.issuer + tenantPath(call), key })
}

function tenantPath({ flags }: Call): string {
  const tenant = flags.text('tenant') ?? 'default'
  if (!/^[a-z0-9][a-z0-9_-]{0,62}$/.test(tenant)) throw usage(`"${tenant}" is no tenant id`)
  return tenant === 'default' ? '' : `/t/${tenant}`
}

function parseUrl(text: string): URL {
  const url = URL.parse(text)
  const { protocol, username, search, hash } = url ?? {}
  if (url === null || !/^https?:$/.test(protocol ?? '') || `${username}${search}${hash}` !== '')
    throw usage(`"${text}" is no http(s) URL without user, query and fragment`)
  if (url.protocol === 'http:' && !isLoopback(url))
    throw usage(`${url.origin}: the management key crosses no network in clear; use https`)
  return url
}

/** Reports whether a URL stays on this machine. */
export const isLoopback = ({ hostname }: URL): boolean =>
  hostname === 'localhost' || hostname === '[::1]' || /^127(?:\.\d{1,3}){3}$/.test(hostname)

async function givenKey(call: Call): Promise<string | undefined> {
  const { flags, environment } = call
  const file = flags.text('keyFile')
  if (file !== undefined) return readSecret('management key', file, call)
  const { value, problem } = readVariable(environment, 'COUNTERSIGN_KEY')
  if (problem !== undefined) throw usage(problem)
  return value === '' ? undefined : value
}

/** The key of the data folder is this machine's: it is sent to no other. */
async function localKey(call: Call, url: URL): Promise<string> {
  const { config } = await loadConfig(call)
  const ours = isLoopback(url) || url.origin === URL.parse(config.issuer ?? '')?.origin
  const key = ours ? readPrivate(dataFolder(config.data).adminKey) : undefined
  if (key === undefined) throw missingKey(ours ? config.data : undefined)
  return key
}

function missingKey(folder: string | undefined): CliError {
  const first = folder === undefined ? '' : `${folder} holds no key: run \`countersign init\`, or `
  return new CliError(
    'refused',
    `${first}set COUNTERSIGN_KEY or COUNTERSIGN_KEY_FILE, or name a --key-file`,
  )
}
