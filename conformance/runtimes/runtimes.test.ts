import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { globSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, it, type TestContext } from 'node:test'
import { build } from '../../tools/build.ts'

const HERE = import.meta.dirname
const TIMEOUT_MS = 100_000

const run = (command: readonly [string, ...string[]]): ReturnType<typeof spawnSync> => {
  const [program, ...args] = command
  return spawnSync(program, args, { cwd: HERE, encoding: 'utf8', timeout: TIMEOUT_MS })
}

/** The binary of a runtime, in the package of this platform. Install scripts are not needed. */
const binary = (pattern: string): string =>
  join(HERE, globSync(`node_modules/${pattern}`, { cwd: HERE })[0] ?? `missing/${pattern}`)
const bun = (): string => binary('@oven/*/bin/bun')
const deno = (): string => binary('@deno/*/deno')

/** Why the runtimes cannot be had here, or undefined: not every platform has all three. */
function installRuntimes(): string | undefined {
  if ([bun(), deno()].every((path) => !path.includes('missing'))) return undefined
  const { status, stderr } = run(['npm', 'ci', '--ignore-scripts', '--no-audit', '--no-fund'])
  return status === 0 ? undefined : `npm ci failed: ${String(stderr).slice(0, 200)}`
}

const DENO_OPTIONS = ['--no-lock', '--node-modules-dir=manual', '--allow-read', '--allow-env']

describe('the built library', { concurrency: 2 }, () => {
  const scratch = mkdtempSync(join(tmpdir(), 'countersign-runtimes-'))
  let missing: string | undefined

  before(() => {
    build('packages/countersign')
    missing = installRuntimes()
  })
  after(() => rmSync(scratch, { recursive: true, force: true }))

  const play = (test: TestContext, command: readonly [string, ...string[]]): void => {
    if (missing !== undefined) return test.skip(missing)
    const { status, stdout, stderr } = run(command)
    assert.equal(status, 0, String(stderr))
    assert.deepEqual(JSON.parse(String(stdout)), [])
  }

  it('accepts and refuses in plain Node what it does anywhere', (test) =>
    play(test, [process.execPath, 'main.ts']))

  it('accepts and refuses in Bun what it does anywhere', (test) => play(test, [bun(), 'main.ts']))

  it('accepts and refuses in Deno what it does anywhere', (test) =>
    play(test, [deno(), 'run', ...DENO_OPTIONS, 'main.ts']))

  it('accepts and refuses in workerd what it does anywhere', (test) => {
    if (missing !== undefined) return test.skip(missing)
    const bundle = join(scratch, 'worker.js')
    const options = ['--target=browser', '--conditions=workerd', `--outfile=${bundle}`]
    const bundled = run([bun(), 'build', 'worker.ts', ...options])
    assert.equal(bundled.status, 0, String(bundled.stderr))
    play(test, [process.execPath, 'workerd.js', bundle])
  })
})
