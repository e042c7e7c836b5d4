import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { Secret } from 'countersign'
import { SYSTEM_ACTOR } from './actor.ts'
import { createTenant } from './tenants.ts'
import { changePassword, createUser, verifyPassword } from './users.ts'
import { revokePrincipal } from './principals.ts'
import { openAuthority, type TestAuthority } from '../testing/authority.ts'

const PASSWORD = 'correct horse battery'

let test: TestAuthority
before(async () => {
  test = await openAuthority()
  assert.ok((await createTenant(ctx(), { id: 'acme', name: 'Acme' }, SYSTEM_ACTOR)).ok)
})
after(() => test.close())

const ctx = () => test.authority.context

const add = (username: string, password?: string, tenant = 'default') =>
  createUser(
    ctx(),
    {
      tenant,
      username,
      name: username,
      scopes: ['orders:read'],
      password: password === undefined ? undefined : new Secret(password),
    },
    SYSTEM_ACTOR,
  )

const recognised = async (username: string, password: string, tenant = 'default') =>
  (await verifyPassword(ctx(), { tenant, username, password: new Secret(password) }))?.user.id

async function time(username: string): Promise<number> {
  const start = performance.now()
  await recognised(username, 'wrong password')
  return performance.now() - start
}

describe('a user', () => {
  it('is recognised by name and password, in the tenant it belongs to', async () => {
    const alice = await add('alice', PASSWORD)
    assert.ok(alice.ok)
    assert.equal(await recognised('alice', PASSWORD), alice.value.user.id)
    assert.equal(await recognised('alice', PASSWORD, 'acme'), undefined)
    assert.equal(await recognised('alice', `${PASSWORD} `), undefined)
    assert.equal(await recognised('Alice', PASSWORD), undefined)
  })

  it('shares its name with another tenant, and never within one', async () => {
    assert.ok((await add('bob', PASSWORD)).ok)
    assert.ok((await add('bob', PASSWORD, 'acme')).ok)
    const again = await add('bob', PASSWORD)
    assert.ok(!again.ok && again.error.kind === 'conflict')
  })

  it('is one of several that are made at once with one name', async () => {
    const all = await Promise.all(Array.from({ length: 4 }, () => add('carol', PASSWORD)))
    assert.equal(all.filter(({ ok }) => ok).length, 1)
  })

  it('gets a strong password where none is given, and it is not given back where one is', async () => {
    const made = await add('dave')
    assert.ok(made.ok && made.value.password !== undefined)
    assert.ok(made.value.password.reveal().length >= 24)
    assert.ok((await recognised('dave', made.value.password.reveal())) !== undefined)
    const given = await add('erin', PASSWORD)
    assert.ok(given.ok && given.value.password === undefined)
  })

  it('is not recognised by the old password after a change, nor after being revoked', async () => {
    const made = await add('frank', PASSWORD)
    assert.ok(made.ok)
    const { id } = made.value.user
    const next = { tenant: 'default', id, password: new Secret('another good one') }
    assert.ok((await changePassword(ctx(), next, SYSTEM_ACTOR)).ok)
    assert.equal(await recognised('frank', PASSWORD), undefined)
    assert.equal(await recognised('frank', 'another good one'), id)
    const ref = { tenant: 'default', kind: 'user', id } as const
    assert.ok((await revokePrincipal(ctx(), ref, SYSTEM_ACTOR)).ok)
    assert.equal(await recognised('frank', 'another good one'), undefined)
  })

  for (const username of ['', 'a:b', 'a\u0000b', 'a\nb', 'x'.repeat(129)]) {
    it(`is not made with the name ${JSON.stringify(username.slice(0, 8))}`, async () => {
      const made = await add(username, PASSWORD)
      assert.ok(!made.ok && made.error.pointer === '/username')
    })
  }

  for (const password of ['', 'short', 'x'.repeat(257), 'with\u0000nul-byte']) {
    it(`is not made with the password ${JSON.stringify(password.slice(0, 8))}`, async () => {
      const made = await add('weak', password)
      assert.ok(!made.ok && made.error.pointer === '/password')
    })
  }

  it('costs an attacker the same whether it exists or not', async () => {
    await time('alice')
    const known = Math.min(await time('alice'), await time('alice'), await time('alice'))
    const unknown = Math.min(await time('nobody'), await time('nobody'), await time('nobody'))
    // Argon2id is tens of milliseconds; without the equal work this is a hundredth.
    assert.ok(unknown > known / 3, `${unknown} ms for nobody, ${known} ms for alice`)
  })
})
