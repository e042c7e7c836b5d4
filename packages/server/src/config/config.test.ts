import assert from 'node:assert/strict'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { inspect } from 'node:util'
import { configJsonSchema } from './schema.ts'
import { nearestName } from './nearest.ts'
import { resolveConfig, type ConfigSources } from './resolve.ts'
import { newSecretLine, parseSecretVersions, readMasterSecrets } from './secrets.ts'

const folder = mkdtempSync(join(tmpdir(), 'countersign-config-'))
after(() => {
  rmSync(folder, { recursive: true })
})

const file = (name: string, text: string): string => {
  writeFileSync(join(folder, name), text)
  return join(folder, name)
}
const resolve = (sources: Omit<ConfigSources, 'folder'>) => resolveConfig({ folder, ...sources })

test('flags win over the environment, which wins over the file, which wins over defaults', () => {
  const config = resolve({
    file: { port: 1, host: 'file', brand: 'acme', log: { level: 'warn' } },
    environment: { COUNTERSIGN_PORT: '2', COUNTERSIGN_HOST: 'environment' },
    flags: { port: 3 },
  })
  assert.equal(config.port, 3)
  assert.equal(config.host, 'environment')
  assert.equal(config.brand, 'acme')
  assert.equal(config.logLevel, 'warn')
  assert.equal(config.maxStalenessSeconds, 10)
  assert.equal(config.issuer, undefined)
})

test('paths start where the configuration stands, and the database lives in the data folder', () => {
  const config = resolve({ file: { data: 'state' } })
  assert.deepEqual(config.store, {
    kind: 'sqlite',
    path: join(folder, 'state/countersign.db'),
  })
  assert.equal(config.secrets.pepper, `file:${join(folder, 'state/pepper')}`)
  assert.deepEqual(resolve({ file: { store: 'sqlite:/x/y.db' } }).store, {
    kind: 'sqlite',
    path: '/x/y.db',
  })
})

test('the store is a file or a PostgreSQL server, whose password is never printed', () => {
  const url = 'postgres://cs:hunter2@127.0.0.1/cs'
  const path = file('store-url', `${url}\n`)
  for (const environment of [{ COUNTERSIGN_STORE: url }, { COUNTERSIGN_STORE_FILE: path }]) {
    const config = resolve({ environment })
    assert.ok(config.store.kind === 'postgres')
    assert.equal(config.store.url.reveal(), url)
    assert.doesNotMatch(inspect(config, { depth: 9 }) + JSON.stringify(config), /hunter2/)
  }
  const wrong = { COUNTERSIGN_STORE: 'mysql://cs:hunter2@h/cs' }
  assert.throws(
    () => resolve({ environment: wrong }),
    (error: Error) => /store: must be/.test(error.message) && !/hunter2/.test(error.message),
  )
})

test('TLS has its files where the configuration stands, or names for the own CA', () => {
  const files = { certificate: 'file:host.pem', key: 'file:/etc/host.key' }
  const asked = { requestClientCertificates: true }
  assert.deepEqual(resolve({ file: { tls: files } }).tls, {
    certificate: join(folder, 'host.pem'),
    key: '/etc/host.key',
    ...asked,
  })
  const environment = {
    COUNTERSIGN_TLS_CERTIFICATE: 'file:host.pem',
    COUNTERSIGN_TLS_KEY: 'file:/etc/host.key',
  }
  assert.deepEqual(resolve({ environment }).tls, resolve({ file: { tls: files } }).tls)
  const own = { dnsNames: ['auth.example'], requestClientCertificates: false }
  assert.deepEqual(resolve({ file: { tls: own } }).tls, {
    issue: { dnsNames: ['auth.example'] },
    requestClientCertificates: false,
  })
  assert.equal(resolve({}).tls, undefined)
})

const REFUSED: readonly [name: string, sources: Omit<ConfigSources, 'folder'>, message: RegExp][] =
  [
    ['a mistyped key', { file: { isuer: 'x' } }, /file: unknown key isuer \(did you mean "issuer"/],
    [
      'a mistyped nested key',
      { file: { signing: { rotationSecond: 9 } } },
      /unknown key signing\.rotationSecond \(did you mean "rotationSeconds"/,
    ],
    ['a key like nothing', { file: { zzzzzzzz: 1 } }, /unknown key zzzzzzzz$/],
    [
      'a mistyped variable',
      { environment: { COUNTERSIGN_ISUER: 'x' } },
      /unknown variable COUNTERSIGN_ISUER \(did you mean "COUNTERSIGN_ISSUER"/,
    ],
    ['a port that is no number', { environment: { COUNTERSIGN_PORT: '4180x' } }, /port/],
    ['a wrong type', { file: { port: '4180' } }, /file: port: .*expected number/],
    ['an issuer with a query', { file: { issuer: 'https://a.example?x' } }, /issuer: must be/],
    ['an issuer with a last slash', { file: { issuer: 'https://a.example/' } }, /issuer: must be/],
    ['an issuer with a user', { file: { issuer: 'https://u:p@a.example' } }, /issuer: must be/],
    [
      'a secret in the file itself',
      { file: { secrets: { pepper: 'hunter2' } } },
      /secrets\.pepper/,
    ],
    [
      'half a TLS certificate',
      { file: { tls: { key: 'file:host.key' } } },
      /tls: name both certificate and key/,
    ],
    [
      'two TLS certificates',
      { file: { tls: { key: 'file:k', certificate: 'file:c', dnsNames: ['localhost'] } } },
      /tls: name both certificate and key, or instead of them dnsNames/,
    ],
    ['TLS without a certificate', { file: { tls: {} } }, /tls: name both/],
    [
      'a private key in the file itself',
      { file: { tls: { key: '-----BEGIN PRIVATE KEY-----', certificate: 'file:c' } } },
      /tls\.key: must be "file:<path>"/,
    ],
    ['a store of another kind', { file: { store: 'mysql:x' } }, /store: must be "sqlite:/],
    ['an issuer over plain http', { file: { issuer: 'http://a.example' } }, /not https/],
    ['an issuer spelled otherwise', { file: { issuer: 'https://A.example' } }, /no issuer/],
    ['a proxy that is no address', { file: { trustedProxies: ['all'] } }, /all/],
    [
      'a trusted issuer with a shared secret',
      {
        file: {
          trustedIssuers: [
            {
              issuer: 'https://idp.example',
              jwksUri: 'https://idp.example/jwks',
              algorithms: ['HS256'],
              scopes: [],
            },
          ],
        },
      },
      /idp\.example/,
    ],
    ['an unknown weakening', { file: { unsafe: { allowHtp: true } } }, /unsafe\.allowHtp/],
    ['half a metrics listener', { file: { metrics: { host: 'x' } } }, /metrics\.port/],
    [
      'a variable and its file at once',
      { environment: { COUNTERSIGN_HOST: 'a', COUNTERSIGN_HOST_FILE: '/x' } },
      /both set/,
    ],
    [
      'a file that cannot be read',
      { environment: { COUNTERSIGN_HOST_FILE: '/nowhere/at/all' } },
      /COUNTERSIGN_HOST_FILE: cannot read/,
    ],
  ]
for (const [name, sources, message] of REFUSED) {
  test(`refuses ${name}`, () => {
    assert.throws(() => resolve(sources), { name: 'ConfigError', message })
  })
}

test('names every problem at once', () => {
  assert.throws(
    () => resolve({ file: { a: 1, port: -1 }, flags: { brand: '!' } }),
    (error) => {
      assert.ok(error instanceof Error)
      assert.equal(error.message.split('\n').length, 3)
      return true
    },
  )
})

test('reads any setting from the file that its _FILE variable names', () => {
  const path = file('host', '192.0.2.1\n')
  assert.equal(resolve({ environment: { COUNTERSIGN_HOST_FILE: path } }).host, '192.0.2.1')
})

test('two halves of an object may come from two layers', () => {
  const config = resolve({
    file: { metrics: { port: 9 } },
    environment: { COUNTERSIGN_METRICS_HOST: '::1' },
  })
  assert.deepEqual(config.metrics, { host: '::1', port: 9 })
})

test('ignores the variables that Kubernetes adds for a service of this name', () => {
  const environment = {
    COUNTERSIGN_PORT: 'tcp://10.0.0.1:4180',
    COUNTERSIGN_SERVICE_HOST: '10.0.0.1',
    COUNTERSIGN_PORT_4180_TCP: 'tcp://10.0.0.1:4180',
  }
  assert.equal(resolve({ environment }).port, 4180)
})

test('reads every version of the master secrets, from files or the environment', () => {
  const pepper = file('pepper', `# rotated\n${newSecretLine(1)}${newSecretLine(2)}`)
  const references = { pepper: `file:${pepper}`, kek: 'env:MY_KEK' }
  const secrets = readMasterSecrets(references, { MY_KEK: newSecretLine(7).trim() })
  assert.deepEqual([...secrets.peppers.keys()], [1, 2])
  assert.deepEqual([...secrets.keks.keys()], [7])
  const direct = readMasterSecrets(references, {
    COUNTERSIGN_PEPPER: newSecretLine(4),
    COUNTERSIGN_KEK: newSecretLine(5),
  })
  assert.deepEqual([...direct.peppers.keys(), ...direct.keks.keys()], [4, 5])
})

test('a bad secret file is refused without its text, and secrets do not print', () => {
  const line = newSecretLine(1)
  for (const text of ['', 'hunter2hunter2', `${line}${line}`, line.replace('1:', '0:')]) {
    assert.throws(
      () => parseSecretVersions(text, 'file:x'),
      (error) => {
        assert.ok(error instanceof Error && error.message.startsWith('file:x'))
        assert.ok(!error.message.includes('hunter2') && !error.message.includes(line.slice(2, 12)))
        return true
      },
    )
  }
  assert.ok(!inspect(parseSecretVersions(line, 'x')).includes(line.slice(2, 12)))
})

test('a missing secret says what to do', () => {
  const references = { pepper: 'file:/nowhere', kek: 'env:NOPE' }
  assert.throws(() => readMasterSecrets(references, {}), /countersign init/)
})

test('nearest names are near', () => {
  assert.equal(nearestName('rotat', ['rotate', 'revoke']), 'rotate')
  assert.equal(nearestName('xyzzy', ['rotate', 'revoke']), undefined)
})

test('every key of the JSON Schema is described and closed to unknown keys', () => {
  const walk = (node: unknown): void => {
    if (typeof node !== 'object' || node === null || !('properties' in node)) return
    assert.equal(Reflect.get(node, 'additionalProperties'), false)
    for (const child of Object.values(Object(node.properties))) walk(child)
  }
  const schema = configJsonSchema()
  walk(schema)
  for (const child of Object.values(Object(schema['properties'])))
    assert.equal(typeof Reflect.get(Object(child), 'description'), 'string')
})

test('how strict OAuth is, and which strangers it takes', () => {
  const terms = { scopes: ['orders:read'], audiences: ['https://api.example.com'] }
  const registration = { access: 'anyone', ...terms, maxClients: 5 }
  const written = { oauth: { registration, clientIdMetadataDocuments: terms } }
  const environment = { COUNTERSIGN_OAUTH_PROFILE: 'fapi2' }
  assert.deepEqual(resolve({ file: written, environment }).oauth, {
    profile: 'fapi2',
    registration,
    clientIdMetadataDocuments: terms,
  })
  assert.deepEqual(resolve({}).oauth, {})
  for (const scopes of [['countersign:*'], ['*'], ['a b']]) {
    const oauth = { registration: { access: 'anyone', scopes, audiences: [] } }
    assert.throws(() => resolve({ file: { oauth } }), { code: 'CS_CONFIG_STRANGER_SCOPE' })
  }
  assert.throws(() => resolve({ file: { oauth: { profile: 'fapi1' } } }), /oauth\.profile/)
  assert.throws(() => resolve({ file: { oauth: { registration: terms } } }), /access/)
})

test('Redis is optional, and its password is never printed', () => {
  assert.equal(resolve({}).redis, undefined)
  const url = 'rediss://:hunter2@cache.example'
  const { redis } = resolve({ environment: { COUNTERSIGN_REDIS: url } })
  assert.equal(redis?.url.reveal(), url)
  assert.ok(!JSON.stringify(redis).includes('hunter2'))
  assert.throws(
    () => resolve({ file: { redis: 'http://:hunter2@cache.example' } }),
    (error: Error) => /redis: must be/.test(error.message) && !/hunter2/.test(error.message),
  )
})
