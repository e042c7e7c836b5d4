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

/** Prints tables and writes them to `results/`, for readers (`.md`) and for programs (`.json`). */
export function report(question: string, tables: readonly Table[]): void {
  const text = tables.map(markdown).join('\n')
  console.log(`\n${text}`)
  const folder = new URL('../results/', import.meta.url)
  mkdirSync(folder, { recursive: true })
  const facts = { question, at: new Date().toISOString(), machine: machine(), versions: versions() }
  const json = JSON.stringify({ ...facts, tables }, null, 2)
  writeFileSync(new URL(`${question}.json`, folder), `${json}\n`)
  writeFileSync(new URL(`${question}.md`, folder), `# ${question}, ${facts.at}\n\n${text}`)
}

function markdown({ title, base, rows }: Table): string {
  const lines = rows.map(({ name, cpuMicros, ratio }) => {
    const perCore = Math.round(1e6 / cpuMicros).toLocaleString('en')
    return `| ${name} | ${cpuMicros.toPrecision(3)} | ${perCore} | x${ratio.toFixed(2)} |`
  })
  const head = `| contender | CPU µs | per core | against ${base} |\n|---|---:|---:|---:|`
  return `## ${title}\n\n${head}\n${lines.join('\n')}\n`
}

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
