import { presignSigV4 } from 'countersign/sigv4/sign'
import type { Call, CommandSpec } from '../command.ts'
import { loadConfig } from '../config/load.ts'
import { curlConfigOf, type CurlRequest } from '../curl/config-file.ts'
import {
  readCredentials,
  type StoredCredential,
  type StoredCredentials,
} from '../data-folder/credentials.ts'
import { dataFolder } from '../data-folder/folder.ts'
import { CliError, usage } from '../exit.ts'
import { nowSeconds } from './held.ts'
import { SIGN_FLAGS, signWith, sigv4Key } from './signing.ts'

const sign: CommandSpec = {
  name: 'sign',
  summary: 'sign a request with a stored key, for curl',
  details:
    'Signs method, URL and body with a signing key of the data folder and prints the request as a configuration of curl. The key stays here; the signature is good once, for the time that the API allows. Pipe it into `curl -s -K -`.',
  example: 'sign --as signing-key --body \'{"item":"tea"}\' http://127.0.0.1:4180/demo/orders',
  arguments: [['<url>', 'the whole URL']],
  flags: [
    { spelling: '--as <name>', summary: 'name of the stored key' },
    { spelling: '--method <method>', summary: 'default: GET, or POST with --body' },
    { spelling: '--body <text>', summary: 'the body, sent as it stands here' },
    { spelling: '--content-type <type>', summary: 'of the body (default: application/json)' },
    {
      spelling: '--presign <duration>',
      summary: 'print a SigV4 URL instead: whoever has it may send this request, once',
    },
    ...SIGN_FLAGS,
  ],
  scope: 'config',
  run: async (call) => {
    const { config } = await loadConfig(call)
    const stored = readCredentials(dataFolder(config.data))
    const name = call.flags.required('as')
    const credential = Object.hasOwn(stored, name) ? stored[name] : undefined
    if (credential === undefined)
      throw new CliError('notFound', `no credential "${name}" is stored`)
    const presign = call.flags.seconds('presign')
    if (presign !== undefined) return showPresigned(call, credential, presign)
    const request = await signedRequest(call, credential, stored)
    call.terminal.result(request, () => {
      call.terminal.line(curlConfigOf(request).trimEnd())
    })
  },
}

function urlOf([url = '']: readonly string[], { origin }: StoredCredential): string {
  // Compared as text, with the slash: parsers disagree on everything but that.
  if (url.startsWith(`${origin}/`)) return new URL(url).href
  throw usage(`this key is for ${origin} and not for ${url}`)
}

async function showPresigned(
  call: Call,
  credential: StoredCredential,
  lifetimeSeconds: number,
): Promise<void> {
  if (call.flags.text('body') !== undefined) throw usage('--presign signs no --body')
  const request = {
    method: call.flags.text('method') ?? 'GET',
    url: urlOf(call.arguments, credential),
  }
  const now = nowSeconds()
  const url = await presignSigV4(request, { ...sigv4Key(call, credential), lifetimeSeconds, now })
  call.terminal.result({ url }, () => {
    call.terminal.line(url)
  })
}

async function signedRequest(
  call: Call,
  credential: StoredCredential,
  stored: StoredCredentials,
): Promise<CurlRequest> {
  const { flags, arguments: urls } = call
  const body = flags.text('body') ?? ''
  const type = flags.text('contentType') ?? 'application/json'
  return signWith(
    call,
    { credential, stored },
    {
      url: urlOf(urls, credential),
      method: flags.text('method') ?? (body === '' ? 'GET' : 'POST'),
      headers: body === '' ? [] : [['content-type', type]],
      body,
    },
  )
}

/** `sign`. */
export const signCommands: readonly CommandSpec[] = [sign]
