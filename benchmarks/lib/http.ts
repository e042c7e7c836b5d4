/** Compares servers: each in a process of its own, loaded in turn, charged by its own CPU time. */
import { fork, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import autocannon from 'autocannon'
import { median, type Row } from './compare.ts'

/** A server to load: a file of `servers/` and what it should be. */
export interface HttpContender {
  readonly name: string
  readonly file: string
  readonly args: readonly string[]
}

/** The request that every contender gets, once its server said what it needs. */
export type RequestOf = (ready: Readonly<Record<string, string>>) => {
  readonly path: string
  readonly method?: 'GET' | 'POST'
  readonly headers?: Record<string, string>
  readonly body?: string
  /** For servers that are reached over TLS. */
  readonly tlsOptions?: {
    readonly cert: string
    readonly key: string
    readonly servername: string
    readonly rejectUnauthorized: boolean
  }
}

interface Running {
  readonly name: string
  readonly child: ChildProcess
  readonly ready: Record<string, string>
}

const CONNECTIONS = 64
const ROUNDS = 5
const SECONDS = 2

/** Runs an HTTP comparison; `cpuMicros` is the server's CPU per request. */
export async function compareHttp(
  contenders: readonly HttpContender[],
  base: string,
  requestOf: RequestOf,
): Promise<readonly Row[]> {
  const running = await Promise.all(contenders.map(start))
  try {
    const samples = new Map<string, number[]>(contenders.map(({ name }) => [name, []]))
    for (const server of running) await load(server, requestOf, 1)
    for (let round = 0; round < ROUNDS; round += 1) {
      const at = round % running.length
      for (const server of [...running.slice(at), ...running.slice(0, at)]) {
        samples.get(server.name)?.push(await load(server, requestOf, SECONDS))
      }
    }
    const reference = samples.get(base) ?? []
    return contenders.map(({ name }) => {
      const own = samples.get(name) ?? []
      const ratios = own.map((value, round) => (reference[round] ?? Number.NaN) / value)
      return { name, cpuMicros: median(own), ratio: median(ratios) }
    })
  } finally {
    for (const { child } of running) child.kill()
  }
}

async function start({ name, file, args }: HttpContender): Promise<Running> {
  const path = fileURLToPath(new URL(`../servers/${file}.ts`, import.meta.url))
  const child = fork(path, args, { execArgv: ['--conditions=@countersign/source'] })
  const [ready]: unknown[] = await once(child, 'message')
  // The servers are ours: their first message is always a record of texts.
  return { name, child, ready: ready as Record<string, string> }
}

async function load(server: Running, requestOf: RequestOf, seconds: number): Promise<number> {
  const { path, ...request } = requestOf(server.ready)
  const before = await cpuOf(server)
  const result = await autocannon({
    url: `${server.ready['origin']}${path}`,
    connections: CONNECTIONS,
    duration: seconds,
    ...request,
  })
  const used = (await cpuOf(server)) - before
  const failed = result.non2xx + result.errors + result.timeouts
  if (failed > 0)
    throw new Error(`${server.name}: ${failed} requests failed; the figure means nothing`)
  return used / result.requests.total
}

async function cpuOf({ child }: Running): Promise<number> {
  child.send('cpu')
  const [used]: unknown[] = await once(child, 'message')
  return Number(used)
}
