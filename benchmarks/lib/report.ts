/** Prints comparisons and keeps the last ones, with the machine and the versions they hold for. */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { cpus } from 'node:os'
import type { Row } from './compare.ts'

/** A comparison that has been run. */
export interface Table {
  readonly title: string
  readonly base: string
  readonly rows: readonly Row[]
}

/** Results that are no comparison of costs. */
export interface Listing {
  readonly title: string
  readonly columns: readonly string[]
  readonly lines: readonly (readonly string[])[]
}

/** Prints tables and writes them to `results/`, for readers (`.md`) and for programs (`.json`). */
export function report(question: string, tables: readonly (Table | Listing)[]): void {
  const text = tables.map(markdown).join('\n')
  console.log(`\n${text}`)
  const folder = new URL('../results/', import.meta.url)
  mkdirSync(folder, { recursive: true })
  const facts = { question, at: new Date().toISOString(), machine: machine(), versions: versions() }
  const json = JSON.stringify({ ...facts, tables }, null, 2)
  writeFileSync(new URL(`${question}.json`, folder), `${json}\n`)
  writeFileSync(new URL(`${question}.md`, folder), `# ${question}, ${facts.at}\n\n${text}`)
}

function markdown(table: Table | Listing): string {
  const { title, columns, lines } = 'rows' in table ? listingOf(table) : table
  const line = (cells: readonly string[]): string => `| ${cells.join(' | ')} |`
  const rule = `|---|${'---:|'.repeat(columns.length - 1)}`
  return `## ${title}\n\n${[line(columns), rule, ...lines.map(line)].join('\n')}\n`
}

function listingOf({ title, base, rows }: Table): Listing {
  const isLoad = rows.some(({ perSecond }) => perSecond !== undefined)
  const waits = isLoad ? ['requests/s', 'p50 ms', 'p99 ms'] : []
  const columns = ['contender', 'CPU µs', 'per core', ...waits, `against ${base}`]
  const lines = rows.map(({ name, cpuMicros, ratio, perSecond = 0, p50Ms = 0, p99Ms = 0 }) => [
    name,
    cpuMicros.toPrecision(3),
    whole(1e6 / cpuMicros),
    ...(isLoad ? [whole(perSecond), p50Ms.toFixed(1), p99Ms.toFixed(1)] : []),
    `x${ratio.toFixed(2)}`,
  ])
  return { title, columns, lines }
}

const whole = (value: number): string => Math.round(value).toLocaleString('en')

const machine = (): object => ({
  cpu: cpus()[0]?.model ?? 'unknown',
  cores: cpus().length,
  node: process.version,
  openssl: process.versions.openssl,
})

function versions(): Record<string, string> {
  const text = readFileSync(new URL('../package.json', import.meta.url), 'utf8')
  const { dependencies }: { dependencies: Record<string, string> } = JSON.parse(text)
  return dependencies
}
