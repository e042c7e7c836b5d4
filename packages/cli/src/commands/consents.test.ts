import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { EXIT } from '../exit.ts'
import { runHere } from '../testing/in-process.ts'
import { temporaryFolder } from '../testing/spawn.ts'

const temporary = temporaryFolder()
const folder = temporary.path
const run = (...args: readonly string[]) => runHere([...args, '--json'], { folder })

before(async () => {
  assert.equal((await runHere(['init'], { folder })).code, EXIT.ok)
})
after(() => {
  temporary.dispose()
})

test('consents and grants are listed by person and client', async () => {
  const consents = await run('consents', 'list', '--principal', 'usr_x', '--client', 'cli_x')
  assert.deepEqual(
    [consents.code, JSON.parse(consents.stdout)],
    [EXIT.ok, { items: [], cursor: null }],
  )
  const grants = await run('grants', 'list', '--client', 'cli_x')
  assert.deepEqual([grants.code, JSON.parse(grants.stdout)], [EXIT.ok, { items: [] }])
})

test('what is not there is not found, and what is no id is no id', async () => {
  for (const args of [
    ['consents', 'revoke', 'usr_x', 'cli_x'],
    ['grants', 'show', 'grt_x'],
    ['grants', 'revoke', 'grt_x'],
  ]) {
    // oxlint-disable-next-line no-await-in-loop -- one store, one after the other
    assert.equal((await run(...args)).code, EXIT.notFound)
  }
  assert.equal((await run('consents', 'revoke', 'usr_x', '../keys')).code, EXIT.usage)
  assert.equal((await run('grants', 'list')).code, EXIT.usage)
})
