import { spawn } from 'node:child_process'
import type { Call, CommandSpec } from '../command.ts'
import { loadConfig } from '../config/load.ts'
import { problemOfArguments } from '../curl/arguments.ts'
import { quote } from '../curl/config-file.ts'
import { readCredentials, type StoredCredential } from '../data-folder/credentials.ts'
import { dataFolder } from '../data-folder/folder.ts'
import { CliError, usage } from '../exit.ts'
import { isJson } from '../json.ts'

const curl: CommandSpec = {
  name: 'curl',
  summary: 'run curl with a stored credential attached',
  details:
    'Runs curl with the credential that the data folder stores under a name. curl reads it from stdin, so that it stands in no process list; it is sent to the origin it is stored for and to no other.',
  example: 'curl --as orders-key -- -s http://127.0.0.1:4180/demo/orders',
  arguments: [['<args...>', 'arguments of curl, after --']],
  flags: [{ spelling: '--as <name>', summary: 'name of the stored credential' }],
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
    await runCurl(call, await curlConfig(credential, call.signal))
  },
}

/** The lines of a configuration file that attach a credential. */
async function curlConfig(credential: StoredCredential, signal: AbortSignal): Promise<string> {
  const { method, id, secret } = credential
  switch (method) {
    case 'basic':
      return `user = ${quote(`${id}:${secret}`)}\n`
    case 'client':
      // curl drops Authorization when a redirect leads to another host.
      return `header = ${quote(`Authorization: Bearer ${await fetchToken(credential, signal)}`)}\n`
    case 'api-key':
      return `header = ${quote(`Authorization: Bearer ${secret}`)}\n`
    case 'hmac-key':
    case 'private-key':
      throw usage(
        'this credential signs requests; use `countersign sign` and give its output to curl -K -',
      )
    default:
      return method satisfies never
  }
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

async function runCurl(call: Call, config: string): Promise<void> {
  const child = spawn('curl', ['--config', '-', ...call.arguments], {
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
