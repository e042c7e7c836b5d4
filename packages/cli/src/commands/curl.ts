import { spawn } from 'node:child_process'
import type { Call, CommandSpec } from '../command.ts'
import { loadConfig } from '../config/load.ts'
import { problemOfArguments } from '../curl/arguments.ts'
import { curlConfigOf, quote } from '../curl/config-file.ts'
import { readRequest } from '../curl/signed-arguments.ts'
import {
  readCredentials,
  type StoredCredential,
  type StoredCredentials,
} from '../data-folder/credentials.ts'
import { dataFolder } from '../data-folder/folder.ts'
import { CliError, usage } from '../exit.ts'
import { isJson } from '../json.ts'
import { SIGN_FLAGS, signWith, type SignedBy } from './signing.ts'

const curl: CommandSpec = {
  name: 'curl',
  summary: 'run curl with a stored credential attached',
  details:
    'Runs curl with the credential that the data folder stores under a name. curl reads it from stdin, so that it stands in no process list; it is sent to the origin it is stored for and to no other. A stored signing key stays here: the request is signed with it, and one URL, -X, -H and a body with -d or --json can be.',
  example: 'curl --as orders-key -- -s http://127.0.0.1:4180/demo/orders',
  arguments: [['<args...>', 'arguments of curl, after --']],
  flags: [{ spelling: '--as <name>', summary: 'name of the stored credential' }, ...SIGN_FLAGS],
  scope: 'config',
  run: async (call) => {
    const { config } = await loadConfig(call)
    const credentials = readCredentials(dataFolder(config.data))
    const name = call.flags.required('as')
    const credential = Object.hasOwn(credentials, name) ? credentials[name] : undefined
    if (credential === undefined) {
      const known = Object.keys(credentials).join(', ')
      throw new CliError(
        'notFound',
        `no credential "${name}" is stored; there are: ${known || 'none'}`,
      )
    }
    const problem = problemOfArguments(call.arguments, credential.origin)
    if (problem !== undefined) throw usage(problem)
    await runCurl(call, await attach(call, credential, credentials))
  },
}

/** What curl is run with: arguments, and the configuration that it reads from stdin. */
interface Run {
  readonly args: readonly string[]
  readonly config: string
}

async function attach(
  call: Call,
  credential: StoredCredential,
  stored: StoredCredentials,
): Promise<Run> {
  const { method, id, secret } = credential
  const args = call.arguments
  switch (method) {
    case 'basic':
      return { args, config: `user = ${quote(`${id}:${secret}`)}\n` }
    case 'client':
      // curl drops Authorization when a redirect leads to another host.
      return { args, config: bearer(await fetchToken(credential, call.signal)) }
    case 'public-client':
      throw usage('a public client proves nothing by itself: sign in with `countersign login`')
    case 'api-key':
      return { args, config: bearer(secret) }
    case 'hmac-key':
    case 'private-key':
      return signedRun(call, { credential, stored })
    default:
      return method satisfies never
  }
}

const bearer = (token: string): string => `header = ${quote(`Authorization: Bearer ${token}`)}\n`

async function signedRun(call: Call, by: SignedBy): Promise<Run> {
  const read = readRequest(call.arguments)
  if (!read.ok) throw usage(read.error)
  const { request, rest } = read.value
  // One URL is one request: braces in it are no pattern.
  return { args: ['--globoff', ...rest], config: curlConfigOf(await signWith(call, by, request)) }
}

/** Client credentials at the token endpoint (RFC 6749 §4.4), names and secrets encoded (SR-035). */
async function fetchToken(
  { origin, id, secret }: StoredCredential,
  signal: AbortSignal,
): Promise<string> {
  const basic = Buffer.from(`${encodeURIComponent(id)}:${encodeURIComponent(secret)}`)
  const response = await fetch(`${origin}/oauth/token`, {
    method: 'POST',
    redirect: 'error',
    signal,
    headers: { authorization: `Basic ${basic.toString('base64')}` },
    body: new URLSearchParams({ grant_type: 'client_credentials' }),
  }).catch(() => {
    throw new CliError('unavailable', `cannot reach ${origin}`)
  })
  const body: unknown = await response.json().catch(() => undefined)
  const token = isJson(body) ? body['access_token'] : undefined
  if (typeof token === 'string') return token
  throw new CliError('refused', `${origin} gave no token (status ${response.status})`)
}

async function runCurl(call: Call, { args, config }: Run): Promise<void> {
  const child = spawn('curl', ['--config', '-', ...args], {
    stdio: ['pipe', 'inherit', 'inherit'],
    cwd: call.folder,
    signal: call.signal,
    killSignal: 'SIGINT',
  })
  const { promise, resolve, reject } = Promise.withResolvers<number>()
  child.on('error', (error) => {
    const missing = 'code' in error && error.code === 'ENOENT'
    if (error.name === 'AbortError') resolve(0)
    else reject(new CliError('failure', missing ? 'curl is not installed' : error.message))
  })
  child.on('close', (code) => {
    resolve(code ?? 1)
  })
  // curl may end before it has read everything; its exit code says why.
  child.stdin.on('error', () => undefined)
  child.stdin.end(config)
  const code = await promise
  if (code !== 0) throw new CliError('failure', `curl ended with ${code}`)
}

/** `curl`. */
export const curlCommands: readonly CommandSpec[] = [curl]
