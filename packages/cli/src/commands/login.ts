import { spawn } from 'node:child_process'
import process from 'node:process'
import type { Call, CommandSpec } from '../command.ts'
import { loadConfig } from '../config/load.ts'
import { isLoopback } from '../connection/connect.ts'
import { readCredentials } from '../data-folder/credentials.ts'
import { dataFolder } from '../data-folder/folder.ts'
import { CliError, usage } from '../exit.ts'
import type { LoginRequest, Visit } from '../login/flows.ts'
import type { HeadlessPerson } from '../login/headless.ts'

const SHOWN = ['access_token', 'refresh_token', 'id_token'] as const

const login: CommandSpec = {
  name: 'login',
  summary: 'get tokens as a person: by a browser, or by a code on another device',
  details:
    'Signs a person in at the authority and prints the tokens of a public client: by the authorization code flow with PKCE and a loopback address, or with --device by a code that is typed in elsewhere. --headless walks through the pages with a stored user instead, for development.',
  example: 'login --issuer http://127.0.0.1:4180 --client cli_… --scope "openid orders:read"',
  scope: 'config',
  flags: [
    { spelling: '--issuer <url>', summary: 'the issuer; https, or http on this machine' },
    { spelling: '--client <id>', summary: 'id of a public client that may use loopback addresses' },
    { spelling: '--scope <scopes>', summary: 'scopes, separated by spaces (default: openid)' },
    { spelling: '--resource <uri>', summary: 'the API that the token is for' },
    { spelling: '--device', summary: 'show a code to type in elsewhere' },
    { spelling: '--headless <name>', summary: 'walk through the pages with this stored user' },
    { spelling: '--show <token>', summary: `print this alone: ${SHOWN.join(', ')}` },
  ],
  run: async (call) => {
    const shown = shownOf(call)
    const request = requestOf(call)
    const person = await personOf(call, request.issuer)
    const tokens = await signIn(call, request, person)
    const one = shown === undefined ? undefined : tokens[shown]
    if (shown !== undefined && typeof one !== 'string')
      throw new CliError('refused', `the answer holds no ${shown}`)
    call.terminal.result(tokens, () => {
      call.terminal.line(typeof one === 'string' ? one : JSON.stringify(tokens, null, 2))
    })
  },
}

type Tokens = Readonly<Record<string, unknown>>

async function signIn(
  call: Call,
  request: LoginRequest,
  person: HeadlessPerson | undefined,
): Promise<Tokens> {
  const { codeFlow, deviceFlow, discover, explainFlow } = await import('../login/flows.ts')
  const visit = person === undefined ? byBrowser(call) : await byScript(call, person)
  try {
    const config = await discover(request)
    if (!call.flags.on('device')) return await codeFlow(config, request, visit)
    return await deviceFlow(config, request, async ({ userCode, verificationUri, complete }) => {
      call.terminal.note(`open ${verificationUri} and type ${userCode}`)
      if (person !== undefined) await visit(complete)
    })
  } catch (error) {
    throw explainFlow(error, request.issuer)
  }
}

function shownOf({ flags }: Call): (typeof SHOWN)[number] | undefined {
  const text = flags.text('show')
  const shown = SHOWN.find((name) => name === text)
  if (text !== undefined && shown === undefined) throw usage(`--show is one of ${SHOWN.join(', ')}`)
  return shown
}

function requestOf({ flags, signal }: Call): LoginRequest {
  const text = flags.required('issuer')
  const issuer = URL.parse(text)
  const good = issuer?.protocol === 'https:' || (issuer?.protocol === 'http:' && isLoopback(issuer))
  if (issuer === null || !good) throw usage(`"${text}" is no https URL, nor http on this machine`)
  const clientId = flags.required('client')
  return {
    issuer,
    clientId,
    scope: flags.text('scope') ?? 'openid',
    resource: flags.text('resource'),
    signal,
  }
}

/** A password is sent to the origin that it is stored for, and to no other. */
async function personOf(call: Call, issuer: URL): Promise<HeadlessPerson | undefined> {
  const name = call.flags.text('headless')
  if (name === undefined) return undefined
  const { config } = await loadConfig(call)
  const stored = readCredentials(dataFolder(config.data))
  const user = Object.hasOwn(stored, name) ? stored[name] : undefined
  if (user?.method !== 'basic') throw new CliError('notFound', `no user "${name}" is stored`)
  if (user.origin !== issuer.origin)
    throw usage(`the password of "${name}" is for ${user.origin}, not for ${issuer.origin}`)
  return { username: user.id, password: user.secret }
}

const OPENERS: Readonly<Record<string, readonly string[]>> = {
  darwin: ['open'],
  win32: ['cmd', '/c', 'start', ''],
}

/** Opens a browser, and says where to go in case there is none. */
const byBrowser =
  (call: Call): Visit =>
  async (url) => {
    call.terminal.note(`opening ${url.href}`)
    const [program = '', ...args] = OPENERS[process.platform] ?? ['xdg-open']
    const child = spawn(program, [...args, url.href], { stdio: 'ignore', detached: true })
    // The URL has been printed: whoever has no browser here opens it elsewhere.
    child.on('error', () => undefined)
    child.unref()
  }

async function byScript(call: Call, person: HeadlessPerson): Promise<Visit> {
  const { walkPages } = await import('../login/headless.ts')
  return async (url) => {
    const away = await walkPages(url, person, call.signal)
    if (away !== undefined) await fetch(away, { redirect: 'manual', signal: call.signal })
  }
}

/** `login`. */
export const loginCommands: readonly CommandSpec[] = [login]
