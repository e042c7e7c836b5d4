import { quantile, type Ledger, type Violation } from './ledger.ts'

/** What a run came to. */
export interface Summary {
  readonly store: string
  readonly seed: number
  readonly seconds: number
  /** By operation, in milliseconds. */
  readonly operations: Readonly<
    Record<
      string,
      { readonly count: number; readonly p50: number; readonly p99: number; readonly max: number }
    >
  >
  readonly counts: Readonly<Record<string, number>>
  /** How often each rule was checked. */
  readonly checks: Readonly<Record<string, number>>
  /** Times in which no call was answered, in milliseconds. */
  readonly outages: { readonly count: number; readonly total: number; readonly longest: number }
  readonly violations: readonly Violation[]
}

const byName = <T>(map: ReadonlyMap<string, T>): readonly (readonly [string, T])[] =>
  [...map].toSorted(([left], [right]) => left.localeCompare(right))

/** Sums a run up. */
export function summarise(
  { latencies, counts, checks, outages, violations }: Ledger,
  { store, seed, seconds }: Pick<Summary, 'store' | 'seed' | 'seconds'>,
): Summary {
  const operations = Object.fromEntries(
    byName(latencies).map(([name, ms]) => {
      const [p50, p99, max] = [0.5, 0.99, 1].map((share) => Math.round(quantile(ms, share)))
      return [name, { count: ms.length, p50: p50 ?? 0, p99: p99 ?? 0, max: max ?? 0 }] as const
    }),
  )
  return {
    store,
    seed,
    seconds,
    operations,
    counts: Object.fromEntries(byName(counts)),
    checks: Object.fromEntries(byName(checks)),
    outages: {
      count: outages.length,
      total: outages.reduce((sum, ms) => sum + ms, 0),
      longest: Math.max(0, ...outages),
    },
    violations,
  }
}

/** The summary for people. */
export function describe(summary: Summary): string {
  const { operations, counts, checks, outages, violations } = summary
  const lines = [
    '',
    'operation                              count   p50 ms   p99 ms   max ms',
    ...Object.entries(operations).map(([name, { count, p50, p99, max }]) =>
      [name.padEnd(34), ...[count, p50, p99, max].map((n) => String(n).padStart(8))].join(' '),
    ),
    '',
    ...Object.entries(checks).map(([rule, times]) => `checked ${times} times: ${rule}`),
    '',
    Object.entries(counts)
      .map(([name, times]) => `${name} ${times}`)
      .join(', '),
    `calls without an answer or with 503 came ${outages.count} times in a row, for ${outages.total} ms together, ${outages.longest} ms at most`,
    ...violations
      .slice(0, 5)
      .flatMap(({ rule, detail, history }) => [
        '',
        `VIOLATED: ${rule}`,
        `  ${detail}`,
        ...history.map((line) => `    ${line}`),
      ]),
    `${violations.length} violations; seed ${summary.seed}, ${summary.store}, ${summary.seconds} s`,
  ]
  return lines.join('\n')
}
