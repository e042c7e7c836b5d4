import assert from 'node:assert/strict'
import { generateKeyPairSync } from 'node:crypto'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import { EXIT } from '../exit.ts'
import { runHere } from '../testing/in-process.ts'
import { temporaryFolder } from '../testing/spawn.ts'

const temporary = temporaryFolder()
const folder = temporary.path
const CALLBACK = 'https://shop.example/cb?a=1,2'

const run = (...args: readonly string[]) => runHere(['clients', ...args], { folder })

/** Runs a command with `--json` and answers what it printed. */
async function json(...args: readonly string[]): Promise<Record<string, unknown>> {
  const ended = await run(...args, '--json')
  assert.equal(ended.code, EXIT.ok, ended.stderr)
  // Every command prints one JSON object.
  return JSON.parse(ended.stdout) as Record<string, unknown>
}

const create = (...args: readonly string[]) =>
  json('create', '--name', 'shop', '--scope', 'orders:read', ...args)

function file(name: string, content: unknown): string {
  const path = join(folder, name)
  writeFileSync(path, typeof content === 'string' ? content : JSON.stringify(content))
  return path
}

const publicJwk = { ...generateKeyPairSync('ed25519').publicKey.export({ format: 'jwk' }) }
const privateJwk = { ...generateKeyPairSync('ed25519').privateKey.export({ format: 'jwk' }) }

before(async () => {
  assert.equal((await runHere(['init'], { folder })).code, EXIT.ok)
})
after(() => {
  temporary.dispose()
})

void describe('clients create', () => {
  test('without more makes a client for client credentials, and shows its secret once', async () => {
    const made = await create()
    assert.deepEqual(made['grantTypes'], ['client_credentials'])
    assert.match(String(made['secret']), /^cs_cs_/)
    assert.equal(made['tokenEndpointAuthMethod'], 'client_secret_basic')
    assert.equal(
      (await create('--auth-method', 'post'))['tokenEndpointAuthMethod'],
      'client_secret_post',
    )
  })

  test('--public makes a browser app: codes, no secret, and says so to people too', async () => {
    const made = await create('--public', '--redirect-uri', CALLBACK)
    assert.deepEqual(
      [made['tokenEndpointAuthMethod'], made['grantTypes'], made['redirectUris'], made['secret']],
      ['none', ['authorization_code', 'refresh_token'], [CALLBACK], null],
    )
    const shown = await run('create', '--name', 'x', '--public', '--redirect-uri', CALLBACK)
    assert.doesNotMatch(shown.stdout, /secret/)
    assert.match(shown.stdout, /proof +none/)
  })

  test('--native takes loopback addresses and private schemes', async () => {
    const uris = ['--redirect-uri', 'http://127.0.0.1/cb', '--redirect-uri', 'com.example.app:/cb']
    const made = await create('--public', '--native', ...uris)
    assert.equal(made['applicationType'], 'native')
    const web = await run('create', '--name', 'x', '--public', ...uris)
    assert.notEqual(web.code, EXIT.ok)
  })

  test('--jwks and --jwks-uri make a client that signs, --tls-name one with a certificate', async () => {
    const keys = file('keys.json', { keys: [publicJwk] })
    const signing = await create('--jwks', keys)
    assert.deepEqual(
      [signing['tokenEndpointAuthMethod'], signing['secret']],
      ['private_key_jwt', null],
    )
    const published = await create('--jwks-uri', 'https://shop.example/jwks')
    assert.equal(published['tokenEndpointAuthMethod'], 'private_key_jwt')
    const named = await create('--tls-name', 'subject_dn=CN=billing,O=Corp')
    assert.deepEqual(
      [named['tokenEndpointAuthMethod'], named['tlsClientName']],
      ['tls_client_auth', { kind: 'subject_dn', value: 'CN=billing,O=Corp' }],
    )
  })

  test('--settings has what no flag has, and flags win', async () => {
    const settings = file('settings.json', {
      name: 'from the file',
      logoUri: 'https://shop.example/logo.svg',
      consent: 'ask',
    })
    const made = await create('--settings', settings, '--consent', 'trusted', '--access-ttl', '5m')
    assert.deepEqual(
      [made['name'], made['logoUri'], made['consent'], made['accessTokenTtlSeconds']],
      ['shop', 'https://shop.example/logo.svg', 'trusted', 300],
    )
    const named = await json('create', '--settings', settings)
    assert.equal(named['name'], 'from the file')
  })

  const wrong: Readonly<Record<string, readonly string[]>> = {
    'no name': ['create', '--scope', 'a:b'],
    'a public client that proves something': [
      'create',
      '--name',
      'x',
      '--public',
      '--auth-method',
      'basic',
    ],
    'a token format that does not exist': ['create', '--name', 'x', '--tokens', 'saml'],
    'consent that does not exist': ['create', '--name', 'x', '--consent', 'maybe'],
    'half a name of a certificate': ['create', '--name', 'x', '--tls-name', 'billing'],
    'a key set that is none': ['create', '--name', 'x', '--jwks', file('bad.json', 'not json')],
    'nothing to change': ['update', 'cli_0000000000000000000000'],
    'stdin twice': ['create', '--name', 'x', '--jwks', '-', '--settings', '-'],
  }
  for (const [title, args] of Object.entries(wrong)) {
    test(`is not understood: ${title}`, async () => {
      assert.equal((await run(...args)).code, EXIT.usage)
    })
  }

  test('does not register a private key, and does not print it', async () => {
    const keys = file('private.json', { keys: [privateJwk] })
    const { code, stdout, stderr } = await run('create', '--name', 'x', '--jwks', keys)
    assert.notEqual(code, EXIT.ok)
    assert.match(stderr, /private key/)
    assert.ok(!`${stdout}${stderr}`.includes(String(privateJwk['d'])))
  })
})

test('clients update changes what is given, and nothing else', async () => {
  const { id } = await create('--public', '--redirect-uri', CALLBACK)
  const next = 'https://shop.example/cb2'
  const changed = await json('update', String(id), '--redirect-uri', next, '--dpop-bound')
  assert.deepEqual(
    [changed['redirectUris'], changed['dpopBoundAccessTokens'], changed['name']],
    [[next], true, 'shop'],
  )
  assert.equal(changed['tokenEndpointAuthMethod'], 'none')
  const unknown = await run('update', 'cli_0000000000000000000000', '--name', 'x')
  assert.notEqual(unknown.code, EXIT.ok)
})
