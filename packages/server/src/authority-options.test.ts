import assert from 'node:assert/strict'
import { test } from 'node:test'
import { ConfigError, Secret } from 'countersign'
import { resolveAuthority, type AuthorityOptions } from './authority-options.ts'
import { openSqlite } from './stores/sqlite/index.ts'
import { freshSecrets } from './testing/authority.ts'

const store = await openSqlite({ path: ':memory:' })
const options = (change: Partial<AuthorityOptions>): AuthorityOptions => ({
  issuer: 'https://auth.example.com',
  store,
  secrets: freshSecrets(),
  ...change,
})

const GOOD = [
  'https://auth.example.com',
  'https://auth.example.com:8443',
  'https://example.com/auth',
  'http://127.0.0.1:4180',
  'http://localhost:4180',
  'http://[::1]:4180',
]

for (const issuer of GOOD) {
  test(`takes ${issuer} as issuer`, () => {
    assert.equal(resolveAuthority(options({ issuer })).issuer, issuer)
  })
}

const BAD = [
  '',
  'auth.example.com',
  'https://auth.example.com/',
  'https://auth.example.com?x=1',
  'https://auth.example.com#x',
  'https://user@auth.example.com',
  'https://AUTH.example.com',
  'https://auth.example.com:443',
  'https://auth.example.com/a/../b',
  'http://auth.example.com',
  'http://127.0.0.1.example.com',
  'ftp://auth.example.com',
]

for (const issuer of BAD) {
  test(`refuses "${issuer}" as issuer: it is compared as text everywhere`, () => {
    assert.throws(() => resolveAuthority(options({ issuer })), ConfigError)
  })
}

test('takes plain http outside this machine only under unsafe', () => {
  const issuer = 'http://auth.internal'
  assert.ok(resolveAuthority(options({ issuer, unsafe: { allowHttp: true } })))
})

test('finds missing and wrong master secrets at the start', () => {
  const good = freshSecrets()
  const short = new Map([[1, new Secret('c2hvcnQ')]])
  for (const secrets of [
    { ...good, peppers: new Map() },
    { ...good, keks: new Map() },
    { ...good, keks: short },
  ]) {
    assert.throws(() => resolveAuthority(options({ secrets })), ConfigError)
  }
})

test('refuses a proxy that is no network', () => {
  assert.throws(() => resolveAuthority(options({ trustedProxies: ['everybody'] })), ConfigError)
})
