import assert from 'node:assert/strict'
import { existsSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { COMMANDS } from './commands/index.ts'
import { EXIT } from './exit.ts'
import { flagsOf } from './program.ts'
import { runHere } from './testing/in-process.ts'
import { stop } from './testing/running.ts'
import { run, start, temporaryFolder } from './testing/spawn.ts'

const temporary = temporaryFolder()
const folder = temporary.path
after(() => {
  temporary.dispose()
})

const WRONG: readonly [name: string, args: readonly string[], message: RegExp][] = [
  ['a mistyped noun', ['kyes', 'list'], /unknown command 'kyes' \(Did you mean keys\?\)/],
  ['a mistyped verb', ['keys', 'lst'], /Did you mean list\?/],
  ['a mistyped flag', ['keys', 'list', '--jsno'], /Did you mean --json\?/],
  ['a noun without a verb', ['keys'], /a verb is missing/],
  ['a missing argument', ['keys', 'revoke'], /missing required argument 'id'/],
  ['one argument too many', ['keys', 'list', 'x'], /too many arguments/],
  ['a flag without its value', ['keys', 'create', '--name'], /argument missing/],
  [
    'an id that is a path',
    ['keys', 'revoke', '../tenants/x', '--url', 'http://127.0.0.1:1', '--key-file', 'key'],
    /is no id/,
  ],
  [
    'a scope that is missing',
    ['keys', 'create', '--service', 's', '--name', 'n'],
    /--scope is missing/,
  ],
  [
    'a key over plain http to elsewhere',
    ['keys', 'list', '--url', 'http://192.0.2.1'],
    /use https/,
  ],
  ['a URL that is none', ['keys', 'list', '--url', 'ftp://x'], /no http\(s\) URL/],
  [
    'a configuration file that is not there',
    ['config', 'check', '--config', 'x.yaml'],
    /no such file/,
  ],
]
for (const [name, args, message] of WRONG) {
  test(`refuses ${name} with exit code 2 and one sentence`, async () => {
    writeFileSync(join(folder, 'key'), 'k\n')
    const { code, stdout, stderr } = await runHere(args, { folder })
    assert.equal(code, EXIT.usage, stderr)
    assert.equal(stdout, '')
    assert.match(stderr, message)
    assert.equal(stderr.trim().split('\n').length, 1, stderr)
  })
}

test('under --json a failure is one JSON object on stderr', async () => {
  const { code, stdout, stderr } = await runHere(['keys', 'list', '--json', '--url', 'x:'], {
    folder,
  })
  assert.equal(code, EXIT.usage)
  assert.equal(stdout, '')
  assert.deepEqual(JSON.parse(stderr), {
    error: { code: 'usage', message: '"x:" is no http(s) URL without user, query and fragment' },
  })
})

test('an authority that is not there is exit code 5', async () => {
  writeFileSync(join(folder, 'key'), 'k\n')
  const args = ['keys', 'list', '--url', 'http://127.0.0.1:1', '--key-file', 'key']
  const { code, stderr } = await runHere(args, { folder })
  assert.equal(code, EXIT.unavailable)
  assert.match(stderr, /cannot reach http:\/\/127\.0\.0\.1:1/)
})

test('without a data folder a command says how to make one, and makes none', async () => {
  const empty = temporaryFolder()
  const { code, stderr } = await runHere(['keys', 'list'], { folder: empty.path })
  assert.equal(code, EXIT.refused)
  assert.match(stderr, /countersign init/)
  assert.ok(!existsSync(join(empty.path, '.countersign')))
  empty.dispose()
})

test('help needs no configuration and exits 0', async () => {
  const { code, stdout } = await runHere(['keys', 'create', '--help'], { folder })
  assert.equal(code, 0)
  assert.match(stdout, /Example:\n {2}\$ countersign keys create --service/)
  const nothing = await run([], { folder })
  assert.equal(nothing.code, 0)
  assert.match(nothing.stdout, /Start here:\n {2}\$ countersign dev/)
})

test('reads a token from stdin or a file, never from an argument', async () => {
  const claims = Buffer.from('{"exp":1795496756000}').toString('base64url')
  const token = `eyJhbGciOiJub25lIn0.${claims}.`
  const piped = await run(['token', 'inspect', '--json'], { folder, input: token })
  assert.equal(piped.code, 0, piped.stderr)
  const codes = JSON.parse(piped.stdout).findings.map(({ code }: { code: string }) => code)
  assert.deepEqual(codes.slice(0, 2), ['algorithm-none', 'expiry-milliseconds'])
  const human = await runHere(['token', 'inspect'], { folder, input: token })
  assert.match(human.stdout, /^NOT VERIFIED/)
  const argument = await runHere(['token', 'inspect', token], { folder })
  assert.equal(argument.code, EXIT.usage)
  assert.ok(!argument.stderr.includes(claims))
})

const FILES: readonly [name: string, file: string, text: string][] = [
  ['YAML', 'countersign.yaml', 'port: 4999\nlog:\n  level: warn\n'],
  ['JSON', 'countersign.json', '{"port":4999,"log":{"level":"warn"}}'],
  [
    'TypeScript',
    'countersign.config.ts',
    'export default { port: 4999 as number, log: { level: "warn" } }',
  ],
]
for (const [name, file, text] of FILES) {
  test(`reads ${name}, and a flag wins over the environment over the file`, async () => {
    const elsewhere = temporaryFolder()
    writeFileSync(join(elsewhere.path, file), text)
    const environment = { COUNTERSIGN_HOST: '127.0.0.2', COUNTERSIGN_DATA: 'elsewhere' }
    const args = ['config', 'print', '--json', '--data', 'here']
    const { code, stdout, stderr } = await runHere(args, { folder: elsewhere.path, environment })
    elsewhere.dispose()
    assert.equal(code, 0, stderr)
    const { config } = JSON.parse(stdout)
    assert.equal(config.port, 4999)
    assert.equal(config.logLevel, 'warn')
    assert.equal(config.host, '127.0.0.2')
    assert.ok(config.data.endsWith('/here'))
  })
}

test('a stored credential is listed without its secret, kept to the owner, and forgotten', async () => {
  const add = ['credentials', 'add', 'ci', '--for', 'https://api.example.com']
  const added = await runHere(add, { folder, input: 'a-secret\n' })
  assert.equal(added.code, 0, added.stderr)
  assert.equal(statSync(join(folder, '.countersign/credentials.json')).mode & 0o777, 0o600)
  const listed = await runHere(['credentials', 'list', '--json'], { folder })
  assert.deepEqual(JSON.parse(listed.stdout).items, [
    { name: 'ci', method: 'api-key', origin: 'https://api.example.com', id: 'ci' },
  ])
  const elsewhere = await runHere(['curl', '--as', 'ci', '--', 'https://evil.example/'], { folder })
  assert.equal(elsewhere.code, EXIT.usage)
  for (const expected of [EXIT.ok, EXIT.notFound])
    assert.equal((await runHere(['credentials', 'remove', 'ci'], { folder })).code, expected)
})

test('a stored credential is for one origin, and crosses no network in clear', async () => {
  for (const origin of ['http://192.0.2.1', 'https://a.example/path', 'https://u@a.example', 'a'])
    assert.equal(
      (await runHere(['credentials', 'add', 'x', '--for', origin], { folder, input: 's' })).code,
      EXIT.usage,
      origin,
    )
  const add = ['credentials', 'add', 'x', '--for', 'https://a.example']
  const { code, stderr } = await runHere(add, { folder, input: 'one\nX-Second: two' })
  assert.equal(code, EXIT.usage)
  assert.ok(!stderr.includes('two'))
})

test('every command has a summary, an example of itself, and --json', () => {
  for (const spec of COMMANDS) {
    assert.ok(spec.example.startsWith(spec.name), spec.name)
    assert.ok(spec.summary.length > 10, spec.name)
    assert.ok(
      flagsOf(spec).some(({ spelling }) => spelling === '--json'),
      spec.name,
    )
  }
})

test('no command takes a secret as the value of a flag', () => {
  const spellings = COMMANDS.flatMap(flagsOf).map(({ spelling }) => spelling)
  const secret = spellings.filter((spelling) => /--(key|token|password|secret) </.test(spelling))
  // `revoke --key` names a signing key by its public id.
  assert.deepEqual(secret, ['--key <id>'])
})

test('an old Node reads a sentence, not a syntax error', () => {
  const launcher = readFileSync(new URL('../bin/countersign.js', import.meta.url), 'utf8')
  const statics = launcher.match(/^import .*$/gm)
  assert.deepEqual(statics, ["import { existsSync } from 'node:fs'"])
})

test('Ctrl-C ends a command that waits for its input, with 130 and without a word', async () => {
  const child = start(['token', 'inspect'], { folder })
  let printed = ''
  child.stderr.on('data', (chunk: Buffer) => {
    printed += chunk.toString()
  })
  // More than a pipe holds: once it is written, the command is reading.
  await new Promise((resolve) => child.stdin.write('x'.repeat(1_048_576), resolve))
  assert.equal(await stop(child, 'SIGINT'), EXIT.interrupted)
  assert.equal(printed, '')
})
