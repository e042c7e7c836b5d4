import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { EXIT } from '../exit.ts'
import { runHere } from '../testing/in-process.ts'
import { temporaryFolder } from '../testing/spawn.ts'

const temporary = temporaryFolder()
const folder = temporary.path
const raise = (...args: readonly string[]) =>
  runHere(['replay', 'raise-fence', '--json', ...args], { folder })

before(async () => {
  assert.equal((await runHere(['init'], { folder })).code, EXIT.ok)
})
after(() => {
  temporary.dispose()
})

test('the fence is raised to now, to a time, and never into the future', async () => {
  const began = Math.floor(Date.now() / 1000)
  for (const args of [[], ['--at', 'now']]) {
    const ended = await raise(...args)
    assert.equal(ended.code, EXIT.ok, ended.stderr)
    // The command prints one JSON object.
    const { at } = JSON.parse(ended.stdout) as { at: number }
    assert.ok(at >= began && at <= Date.now() / 1000)
  }
  assert.equal((await raise('--at', String(began))).code, EXIT.ok)
  assert.notEqual((await raise('--at', String(began + 3600))).code, EXIT.ok)
  assert.equal((await raise('--at', 'yesterday')).code, EXIT.usage)
})
