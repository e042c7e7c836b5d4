/**
 * The soak: `npm run soak -- --minutes 10 [--store sqlite|postgres] [--seed N] [--faults kill,cut] [--json]`.
 * Exit code 1 when a rule was broken, 2 when it was called wrongly.
 */
import { parseArgs } from 'node:util'
import { FAULTS } from './faults.ts'
import { soak } from './soak.ts'
import { describe } from './summary.ts'

const { values } = parseArgs({
  options: {
    minutes: { type: 'string', default: '1' },
    store: { type: 'string', default: 'sqlite' },
    seed: { type: 'string' },
    faults: { type: 'string' },
    json: { type: 'boolean', default: false },
  },
})
const write = (line: string): void => void process.stdout.write(`${line}\n`)
const seconds = Number(values.minutes) * 60
const seed = Number(values.seed ?? Date.now() % 1_000_000)
const faults = values.faults?.split(',')
const { store, json } = values
const isKnown = (name: string): boolean => FAULTS.some((fault) => fault.name === name)
const isRight =
  seconds > 0 && Number.isInteger(seed) && (faults === undefined || faults.every(isKnown))
if (!isRight || (store !== 'sqlite' && store !== 'postgres')) {
  write(`faults: ${FAULTS.map(({ name }) => name).join(', ')}; stores: sqlite, postgres`)
  process.exit(2)
}
if (!json) write(`seed ${seed}`)
const print = json ? (): void => {} : write
const summary = await soak({
  store,
  seconds,
  seed,
  print,
  ...(faults === undefined ? {} : { faults }),
})
write(json ? JSON.stringify(summary, null, 2) : describe(summary))
process.exit(summary.violations.length > 0 ? 1 : 0)
