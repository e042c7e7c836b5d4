import assert from 'node:assert/strict'
import type { ChildProcessWithoutNullStreams } from 'node:child_process'
import { chmodSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { after, test } from 'node:test'
import { EXIT } from './exit.ts'
import { runHere } from './testing/in-process.ts'
import { stop, waitForLine } from './testing/running.ts'
import { shell, start, temporaryFolder } from './testing/spawn.ts'

interface Ready {
  readonly issuer: string
  readonly console: null
  readonly jwks: string
  readonly data: string
  readonly tryIt: readonly {
    readonly method: string
    readonly command: string
    readonly expect: string
  }[]
}

const temporary = temporaryFolder()
const folder = temporary.path
after(() => {
  temporary.dispose()
})

/** Where the second terminal stands. */
const elsewhere = temporaryFolder()
after(() => {
  elsewhere.dispose()
})

const running: ChildProcessWithoutNullStreams[] = []
after(() => {
  for (const child of running) child.kill('SIGKILL')
})

async function startDev(...args: readonly string[]) {
  const child = start(['dev', '--json', '--port', '0', ...args], { folder })
  running.push(child)
  const ready: Ready = JSON.parse(await waitForLine(child))
  return { child, ready }
}

const secretsOf = ({ tryIt }: Ready): string =>
  tryIt
    .filter(({ method }) => !method.includes('revoke'))
    .map(({ command }) => command.replaceAll(/http:\/\/[\d.:]+|https:\/\/localhost:\d+/g, ''))
    .join('\n')

test('dev: every printed line does what it says; a second start and one after kill -9 continue', async (t) => {
  const started = performance.now()
  const first = await startDev()
  const seconds = (performance.now() - started) / 1000
  await t.test('is ready in less than 10 seconds, with one JSON line', () => {
    assert.ok(seconds < 10, `${seconds} s`)
    assert.deepEqual(Object.keys(first.ready), [
      'issuer',
      'https',
      'console',
      'jwks',
      'data',
      'tryIt',
    ])
    assert.match(first.ready.issuer, /^http:\/\/127\.0\.0\.1:\d+$/)
  })
  await t.test('has a line for each pattern', () => {
    const methods = new Set(first.ready.tryIt.map(({ method }) => method))
    for (const method of ['api-key', 'jwt', 'opaque', 'basic', 'mtls', 'mtls-bound'])
      assert.ok(methods.has(method))
  })
  for (const { method, command, expect } of first.ready.tryIt) {
    await t.test(`${method}: ${expect}`, async () => {
      const { stdout, stderr } = await shell(command, { folder: elsewhere.path })
      assert.ok(stdout.includes(expect), `${command}\n${stdout}${stderr}`)
    })
  }
  await t.test('answers the discovery document and the key set', async () => {
    const keys: { keys: unknown[] } = JSON.parse(await fetchText(first.ready.jwks))
    assert.ok(keys.keys.length > 0)
    const path = '/.well-known/oauth-authorization-server'
    const metadata = JSON.parse(await fetchText(first.ready.issuer + path))
    assert.equal(metadata.issuer, first.ready.issuer)
  })
  await t.test('keeps its files to the owner', () => {
    assert.equal(statSync(first.ready.data).mode & 0o777, 0o700)
    for (const name of readdirSync(first.ready.data))
      assert.equal(statSync(join(first.ready.data, name)).mode & 0o777, 0o600, name)
  })
  await t.test('refuses a busy port with one sentence', async () => {
    const port = new URL(first.ready.issuer).port
    const { code, stderr } = await runHere(['dev', '--port', port], { folder })
    assert.equal(code, EXIT.failure)
    assert.match(stderr, /is in use/)
    assert.equal(stderr.trim().split('\n').length, 1, stderr)
  })
  await t.test('a repeated start continues with the same credentials', async () => {
    assert.equal(await stop(first.child, 'SIGINT'), EXIT.interrupted)
    const second = await startDev()
    assert.equal(secretsOf(second.ready), secretsOf(first.ready))
    assert.equal(await stop(second.child, 'SIGKILL'), null)
    const third = await startDev()
    assert.equal(secretsOf(third.ready), secretsOf(first.ready))
    for (const { method, command, expect } of third.ready.tryIt) {
      if (method.includes('revoke') || !command.startsWith('curl ')) continue
      const { stdout } = await shell(command, { folder })
      assert.ok(stdout.includes(expect), command)
    }
    assert.equal(await stop(third.child, 'SIGTERM'), EXIT.ok)
  })
})

const fetchText = async (url: string): Promise<string> => (await fetch(url)).text()

test('dev listens on loopback only', async () => {
  const { code, stderr } = await runHere(['dev', '--host', '0.0.0.0', '--port', '0'], { folder })
  assert.equal(code, EXIT.usage)
  assert.match(stderr, /this machine only/)
})

/** A folder that was initialised and then damaged, and what the sentence must say. */
const DAMAGES: readonly [name: string, damage: (data: string) => void, message: RegExp][] = [
  [
    'a corrupt database',
    (data) => {
      writeFileSync(join(data, 'countersign.db'), 'this is no database at all, but long enough')
    },
    /is not a database/,
  ],
  [
    'a database that a newer version wrote',
    (data) => {
      const database = new DatabaseSync(join(data, 'countersign.db'))
      database.exec("insert into migration (name, timestamp) values ('9999-later', '2030-01-01')")
      database.close()
    },
    /newer version of Countersign/,
  ],
  [
    'a missing pepper beside a database',
    (data) => {
      rmSync(join(data, 'pepper'))
    },
    /pepper: cannot read/,
  ],
  [
    'an empty pepper',
    (data) => {
      writeFileSync(join(data, 'pepper'), '')
    },
    /pepper: holds no secret/,
  ],
  [
    'a folder that others can read',
    (data) => {
      chmodSync(data, 0o755)
    },
    /can be read by others/,
  ],
]
for (const [name, damage, message] of DAMAGES) {
  test(`${name} ends dev and serve with one sentence and a code`, async () => {
    const own = temporaryFolder()
    const made = await runHere(['init'], { folder: own.path })
    assert.equal(made.code, 0, made.stderr)
    damage(join(own.path, '.countersign'))
    for (const command of ['dev', 'serve']) {
      const { code, stdout, stderr } = await runHere([command, '--port', '0'], { folder: own.path })
      assert.notEqual(code, 0)
      assert.equal(stdout, '')
      assert.match(stderr, message)
      assert.equal(stderr.trim().split('\n').length, 1, stderr)
    }
    own.dispose()
  })
}

test('init makes no new pepper beside a database that was made with another', async () => {
  const own = temporaryFolder()
  await runHere(['init'], { folder: own.path })
  rmSync(join(own.path, '.countersign/pepper'))
  const { code, stderr } = await runHere(['init'], { folder: own.path })
  own.dispose()
  assert.equal(code, EXIT.failure)
  assert.match(stderr, /restore it from your backup/)
})

test('a folder that cannot be made is one sentence', async () => {
  const own = temporaryFolder()
  writeFileSync(join(own.path, 'file'), '')
  for (const command of ['init', 'dev']) {
    const args = [command, '--data', 'file/below']
    const { code, stderr } = await runHere(args, { folder: own.path })
    assert.equal(code, EXIT.failure)
    assert.match(stderr, /a file is in the way/)
  }
  own.dispose()
})
