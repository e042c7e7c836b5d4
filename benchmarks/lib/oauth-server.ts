/** An authorization server in a process of its own, and what a client asks of it. */
import { fork, type StdioOptions } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import type { SeededCode, TargetFacts } from '../servers/oauth-target.ts'
import { formClient, type Posted } from './load.ts'

/** Which server, by the file in `servers/`. */
export interface OAuthContender {
  readonly name: string
  readonly file: string
  readonly args?: readonly string[]
}

/** A running server. */
export interface OAuthServer {
  readonly name: string
  readonly facts: TargetFacts
  /** Microseconds of CPU until now. */
  cpu(): Promise<number>
  codes(count: number): Promise<readonly SeededCode[]>
  /** Starts and ends sweeping without a pause; answers how many rounds there were until now. */
  sweep(on: boolean): Promise<number>
  /** Asks for a token; fails unless it is given. */
  token(client: 'jwt' | 'opaque' | 'app', form: string): Promise<TokenAnswer>
  post(path: string, authorization: string, form: string): Promise<Posted>
  stop(): void
}

/** A token response. */
export interface TokenAnswer {
  readonly access_token: string
  readonly refresh_token?: string
}

/** At once, in the timed runs. */
export const CONNECTIONS = 32
const CONDITIONS = ['--conditions=@countersign/source', '--no-warnings']

/** Starts a server and waits until it listens. */
export async function startServer(
  { name, file, args = [] }: OAuthContender,
  { connections = CONNECTIONS, execArgv = [] as readonly string[] } = {},
): Promise<OAuthServer> {
  const path = fileURLToPath(new URL(`../servers/${file}.ts`, import.meta.url))
  const child = fork(path, args, { execArgv: [...CONDITIONS, ...execArgv], stdio: QUIET })
  const ask = async (what: 'cpu' | number | boolean): Promise<unknown> => {
    child.send(what)
    return (await once(child, 'message'))[0]
  }
  const [ready]: unknown[] = await once(child, 'message')
  // The servers are ours: `offer` in servers/oauth-target.ts.
  const facts = ready as TargetFacts
  const { post, close } = formClient(facts.origin, connections)
  return {
    name,
    facts,
    post,
    cpu: async () => Number(await ask('cpu')),
    sweep: async (on) => Number(await ask(on)),
    codes: async (count) => (await ask(count)) as readonly SeededCode[],
    async token(client, form) {
      const { status, body } = await post(facts.tokenPath, facts[client], form)
      if (status !== 200) throw new Error(`${name}: ${status} ${body}`)
      // A token response of RFC 6749 §5.1.
      return JSON.parse(body) as TokenAnswer
    },
    stop() {
      close()
      child.kill()
    },
  }
}

/** A peer's advice to its operator is no part of a table. */
const QUIET: StdioOptions = ['ignore', 'ignore', 'inherit', 'ipc']
