import assert from 'node:assert/strict'
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { after, before, describe, it } from 'node:test'
import {
  addKey,
  addService,
  apiCaller,
  callerWith,
  textOf,
  type ApiCaller,
} from '../testing/api-caller.ts'
import { basicAuth, openAuthority, postForm, type TestAuthority } from '../testing/authority.ts'
import { scratchFolder } from '../testing/scratch.ts'
import { openSqlite } from '../stores/sqlite/index.ts'

const folder = scratchFolder()
/** Everything that only its owner may know. */
const secrets = new Map<string, string>()

let test: TestAuthority
let admin: ApiCaller

before(async () => {
  const store = await openSqlite({ path: join(folder, 'authority.db') })
  test = await openAuthority({ store, audience: 'https://api.example.com' })
  admin = await apiCaller(test)
  secrets.set('management key', admin.key)
  await useEverything()
})
after(() => test.close())

async function useEverything(): Promise<void> {
  const serviceId = await addService(admin)
  const { id, secret } = await addKey(admin, serviceId)
  secrets.set('key', secret)
  const rotated = await admin('POST', `/v1/keys/${id}/rotate`, {})
  secrets.set('rotated key', textOf(rotated, 'secret'))
  secrets.set('password', 'Tr0ub4dor&3-of-alice')
  const user = { username: 'alice', name: 'Alice', scopes: [], password: secrets.get('password') }
  const alice = await admin('POST', '/v1/users', user)
  const changed = await admin('POST', `/v1/users/${textOf(alice, 'id')}/password`, {})
  secrets.set('generated password', textOf(changed, 'password'))
  const client = await admin('POST', '/v1/clients', { name: 'c', scopes: ['orders:read'] })
  secrets.set('client secret', textOf(client, 'secret'))
  await present({ id: textOf(client, 'id'), secret: textOf(client, 'secret') })
}

/** Good and bad uses of everything, in every place where it could be written down. */
async function present(client: { readonly id: string; readonly secret: string }): Promise<void> {
  const form = { grant_type: 'client_credentials' }
  const token = await postForm(test, '/oauth/token', form, { authorization: basicAuth(client) })
  const { access_token: jwt } = (await token.json()) as { access_token: string }
  secrets.set('access token', jwt)
  await admin('POST', '/v1/revocations', { token: jwt })
  await postForm(test, '/oauth/token', { ...form, client_id: client.id, client_secret: 'wrong' })
  for (const [what, value] of secrets) {
    const call = callerWith(test, { authorization: `Bearer ${value}` })
    await call('GET', '/v1/services')
    // A password has no form by which it could be taken out of a path.
    if (!what.includes('password')) {
      await call('GET', `/v1/keys/${value}`)
      await admin('GET', `/v1/keys/${value}`)
    }
    await admin('GET', `/v1/services?cursor=${encodeURIComponent(value)}`)
    await admin('POST', '/v1/services', { name: 'x', scopes: [value], [value]: value })
    await admin('POST', '/v1/verify', { credential: { kind: 'api-key', value: `${value}x` } })
    await admin('POST', '/v1/verify', { credential: { kind: 'opaque', value } })
    const basic = { kind: 'basic', username: 'alice', password: value }
    await admin('POST', '/v1/verify', { credential: basic })
    const headers = [['authorization', `Bearer ${value}`]]
    const described = { method: 'GET', scheme: 'https', authority: 'a', target: `/?k=${value}` }
    await admin('POST', '/v1/verify', { request: { ...described, headers } })
  }
  await test.authority.context.decisions.flush()
}

describe('a secret', () => {
  it('is in no file of the store', () => {
    for (const file of readdirSync(folder)) {
      const bytes = readFileSync(join(folder, file))
      for (const [what, secret] of secrets) {
        const found = bytes.toString('latin1').includes(secret)
        assert.equal(found, false, `${what} is in ${file}`)
      }
    }
  })

  it('is in no log line', () => {
    assert.ok(test.logged.length > 0)
    for (const line of test.logged) {
      for (const [what, secret] of secrets) {
        assert.ok(!line.includes(secret), `${what}: ${line}`)
      }
    }
  })

  it('is in no event', async () => {
    const { items } = await test.store.events.list({ tenant: 'default', limit: 200 })
    const text = JSON.stringify(items)
    assert.ok(items.length > 8)
    for (const [what, secret] of secrets) assert.ok(!text.includes(secret), what)
  })

  it('is in no answer to reading', async () => {
    const paths = ['services', 'keys', 'users', 'clients', 'events', 'revocations', 'signing-keys']
    for (const path of paths) {
      const { status, text } = await admin('GET', `/v1/${path}`)
      assert.equal(status, 200)
      for (const [what, secret] of secrets) assert.ok(!text.includes(secret), `${what} in ${path}`)
    }
  })
})
