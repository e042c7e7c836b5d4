/** Everything that must hold before a commit: `npm run check`. Fast checks first; all of them run. */
import { spawnSync } from 'node:child_process'
import { ROOT } from './lib/files.ts'

interface Step {
  readonly name: string
  readonly command: readonly [string, ...string[]]
}

const tool = (name: string, ...flags: readonly string[]): Step => ({
  name,
  command: [process.execPath, '--conditions=@countersign/source', `tools/${name}.ts`, ...flags],
})

/** `npm run check -- --quick` leaves out what packs and installs. */
const SLOW: readonly Step[] = process.argv.includes('--quick') ? [] : [tool('check-packages')]

const STEPS: readonly Step[] = [
  { name: 'format', command: ['biome', 'format', '.'] },
  { name: 'lint', command: ['oxlint', '--type-aware'] },
  { name: 'types', command: ['tsc', '--noEmit', '-p', 'tsconfig.json'] },
  tool('check-imports'),
  tool('check-budgets'),
  tool('check-exports'),
  tool('check-docs'),
  ...SLOW,
]

const failed = STEPS.filter(({ name, command: [program, ...args] }) => {
  console.log(`\n> ${name}`)
  const { status, error } = spawnSync(program, args, { cwd: ROOT, stdio: 'inherit' })
  if (error !== undefined) console.error(`${program}: ${error.message}; run it by npm run check`)
  return status !== 0
})

const names = failed.map(({ name }) => name).join(', ')
console.log(failed.length === 0 ? '\nall checks passed' : `\nfailed: ${names}`)
process.exitCode = failed.length === 0 ? 0 : 1
