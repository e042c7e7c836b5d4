/** Compares contenders side by side in one process: rotating order, CPU time, ratios by round. */

/** One way to do the same work. */
export interface Contender {
  readonly name: string
  /** Does the work `count` times. */
  run(count: number): void | Promise<void>
}

/** What one contender cost. */
export interface Row {
  readonly name: string
  /** CPU microseconds per operation, median over the rounds. */
  readonly cpuMicros: number
  /** Speed against the base, median of the rounds' ratios: 2 is twice as fast. */
  readonly ratio: number
  /** Of servers under load: requests a second, and how long one waits; medians over the rounds. */
  readonly perSecond?: number
  readonly p50Ms?: number
  readonly p99Ms?: number
}

/** How a comparison is run. */
export interface Plan {
  readonly base: string
  readonly rounds: number
  /** Aim for this much time per contender and round. */
  readonly sliceMs: number
}

const STANDARD: Omit<Plan, 'base'> = { rounds: 9, sliceMs: 150 }

/** Runs a comparison and answers a row per contender, in their order. */
export async function compare(
  contenders: readonly Contender[],
  plan: Pick<Plan, 'base'> & Partial<Plan>,
): Promise<readonly Row[]> {
  const { base, rounds, sliceMs } = { ...STANDARD, ...plan }
  const counts = new Map<string, number>()
  for (const contender of contenders)
    counts.set(contender.name, await calibrate(contender, sliceMs))
  const samples = new Map<string, number[]>(contenders.map(({ name }) => [name, []]))
  for (let round = 0; round < rounds; round += 1) {
    const order = rotate(contenders, round)
    for (const contender of order) {
      samples.get(contender.name)?.push(await cost(contender, counts.get(contender.name) ?? 1))
    }
  }
  const reference = samples.get(base) ?? []
  return contenders.map(({ name }) => {
    const own = samples.get(name) ?? []
    const ratios = own.map((value, round) => (reference[round] ?? Number.NaN) / value)
    return { name, cpuMicros: median(own), ratio: median(ratios) }
  })
}

/** Warms a contender up and finds how many operations fill a slice. */
async function calibrate(contender: Contender, sliceMs: number): Promise<number> {
  let count = 8
  for (;;) {
    const start = performance.now()
    await contender.run(count)
    const took = performance.now() - start
    if (took > sliceMs / 2) return Math.max(1, Math.round((count * sliceMs) / took))
    count *= took < sliceMs / 16 ? 8 : 2
  }
}

async function cost(contender: Contender, count: number): Promise<number> {
  const before = process.cpuUsage()
  await contender.run(count)
  const { user, system } = process.cpuUsage(before)
  return (user + system) / count
}

const rotate = <T>(list: readonly T[], by: number): readonly T[] => {
  const at = by % list.length
  return [...list.slice(at), ...list.slice(0, at)]
}

/** The middle value; NaN for none. */
export function median(values: readonly number[]): number {
  const sorted = [...values].toSorted((left, right) => left - right)
  return sorted[Math.floor(sorted.length / 2)] ?? Number.NaN
}
