/** Compares authorization servers: rounds in rotating order, each server charged by its own CPU. */
import { median, type Row } from './compare.ts'
import { percentile, timed } from './load.ts'
import { CONNECTIONS, type OAuthServer } from './oauth-server.ts'
import type { Ask, Work } from './oauth-work.ts'

const WARM_UP = 2

/** One server in one round. */
export interface Sample {
  readonly cpuMicros: number
  readonly perSecond: number
  readonly p50: number
  readonly p99: number
}

/** Runs one kind of work against every server; the base is the first. */
export async function compareServers(
  servers: readonly OAuthServer[],
  work: Work,
  { rounds = 5, scale = 1 } = {},
): Promise<readonly Row[]> {
  const count = Math.max(CONNECTIONS, Math.round(work.count * scale))
  const samples = new Map<string, Sample[]>(servers.map(({ name }) => [name, []]))
  // Until the code of each is compiled, whatever it was asked before.
  for (const server of servers) await sample(server, work, work.count * WARM_UP)
  for (let round = 0; round < rounds; round += 1) {
    const at = round % servers.length
    for (const server of [...servers.slice(at), ...servers.slice(0, at)]) {
      samples.get(server.name)?.push(await sample(server, work, count))
    }
  }
  const [base = []] = samples.values()
  return [...samples].map(([name, own]) => rowOf(name, own, base))
}

/** Measures one server once. */
export async function sample(server: OAuthServer, work: Work, count: number): Promise<Sample> {
  return measure(server, await work.prepare(server, count), count)
}

/** Measures work that is ready. */
export async function measure(
  server: OAuthServer,
  ask: Ask,
  count: number,
  workers = CONNECTIONS,
): Promise<Sample> {
  const before = await server.cpu()
  const { seconds, times } = await timed(count, workers, ask)
  return {
    cpuMicros: ((await server.cpu()) - before) / count,
    perSecond: count / seconds,
    p50: percentile(times, 0.5),
    p99: percentile(times, 0.99),
  }
}

function rowOf(name: string, own: readonly Sample[], base: readonly Sample[]): Row {
  const of = (pick: (one: Sample) => number): number => median(own.map(pick))
  const ratios = own.map(({ cpuMicros }, round) => (base[round]?.cpuMicros ?? NaN) / cpuMicros)
  return {
    name,
    cpuMicros: of(({ cpuMicros }) => cpuMicros),
    ratio: median(ratios),
    perSecond: of(({ perSecond }) => perSecond),
    p50Ms: of(({ p50 }) => p50),
    p99Ms: of(({ p99 }) => p99),
  }
}
