import assert from 'node:assert/strict'
import { chmodSync, mkdirSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { temporaryFolder } from '../testing/spawn.ts'
import { invocationOf } from './invocation.ts'

const temporary = temporaryFolder()
const root = temporary.path
const bin = join(root, 'bin')
const script = join(root, "it's here", 'countersign.js')
const node = join(bin, 'node')
const at = { folder: '/work', data: '/work/.countersign' }

before(() => {
  mkdirSync(bin)
  mkdirSync(join(root, "it's here"))
  for (const file of [script, node]) {
    writeFileSync(file, '')
    chmodSync(file, 0o755)
  }
  symlinkSync(script, join(bin, 'countersign'))
})
after(() => {
  temporary.dispose()
})

const process = (env: Record<string, string>) => ({ execPath: node, argv: [node, script], env })

test('npm started it: npx, with the project and the data folder', () => {
  const env = { npm_command: 'exec', npm_config_local_prefix: '/a project', PATH: bin }
  const expected = {
    cli: "npx --prefix '/a project' countersign",
    flags: ' --data /work/.countersign',
  }
  assert.deepEqual(invocationOf(process(env), at), expected)
})

test('npm started it and names no project: the folder it was started in', () => {
  const { cli } = invocationOf(process({ npm_command: 'exec' }), at)
  assert.equal(cli, 'npx --prefix /work countersign')
})

test('the PATH leads to it: by name, with the data folder', () => {
  const { cli, flags } = invocationOf(process({ PATH: bin }), at)
  assert.equal(cli, 'countersign')
  assert.equal(flags, ' --data /work/.countersign')
})

test('otherwise by its paths, quoted, with the data folder: any terminal will do', () => {
  for (const env of [{ PATH: '/usr/bin' }, {}]) {
    const { cli, flags } = invocationOf(process(env), at)
    assert.equal(cli, `${node} '${script.replace("'", String.raw`'\''`)}'`)
    assert.equal(flags, ' --data /work/.countersign')
  }
})

test('npx fetched it for one run: by its paths', () => {
  const fetched = ['node', '/home/x/.npm/_npx/1/node_modules/.bin/countersign']
  const { cli } = invocationOf({ execPath: node, argv: fetched, env: { npm_command: 'exec' } }, at)
  assert.ok(cli.startsWith(`${node} /home/x/.npm/_npx/`))
})
