import assert from 'node:assert/strict'
import type { Page } from '../../model/store.ts'
import { completeClient } from '../../model/client-settings.ts'
import { conflict, type Guarantees } from './harness.ts'
import { NOW, sampleCredential, samplePrincipal } from './records.ts'
import { seedKeys } from './seed.ts'

/** What tenants promise. */
export const tenantGuarantees: Guarantees = {
  'the tenant "default" is there from the start': async ({ store }) => {
    const found = await store.tenants.find('default')
    assert.equal(found?.revokedAt, null)
    assert.equal(await store.tenants.find('other'), undefined)
  },

  'a tenant is revoked once': async ({ store }) => {
    const acme = { id: 'acme', name: 'Acme', createdAt: NOW, revokedAt: null }
    await store.tenants.insert(acme)
    await assert.rejects(store.tenants.insert(acme), conflict('unique'))
    assert.equal(await store.tenants.revoke('acme', NOW + 1), true)
    assert.equal(await store.tenants.revoke('acme', NOW + 2), false)
    assert.equal(await store.tenants.revoke('nobody', NOW), false)
    assert.deepEqual(
      (await store.tenants.list()).map(({ id, revokedAt }) => [id, revokedAt]),
      [
        ['acme', NOW + 1],
        ['default', null],
      ],
    )
  },
}

/** What users, services and clients promise. */
export const principalGuarantees: Guarantees = {
  'a principal comes back as it was stored': async ({ store }) => {
    const client = samplePrincipal({
      id: 'cli_one',
      kind: 'client',
      client: completeClient({
        tokenEndpointAuthMethod: 'client_secret_basic',
        grantTypes: ['client_credentials'],
        accessTokenFormat: 'jwt',
        accessTokenTtlSeconds: 900,
        audiences: ['https://api.example'],
        redirectUris: ['https://app.example/cb'],
        tlsClientName: { kind: 'san_dns', value: 'app.example' },
      }),
    })
    for (const record of [samplePrincipal(), client]) {
      await store.principals.insert(record)
      assert.deepEqual(await store.principals.find('default', record.id), record)
    }
  },

  'principal ids and user names are unique in a tenant': async ({ store }) => {
    const ada = samplePrincipal({ id: 'usr_a', kind: 'user', username: 'ada' })
    await store.tenants.insert({ id: 'acme', name: 'Acme', createdAt: NOW, revokedAt: null })
    await store.principals.insert(ada)
    await store.principals.insert({ ...ada, tenant: 'acme' })
    await assert.rejects(store.principals.insert({ ...ada, username: 'x' }), conflict('unique'))
    await assert.rejects(store.principals.insert({ ...ada, id: 'usr_b' }), conflict('unique'))
    await assert.rejects(
      store.principals.insert({ ...ada, tenant: 'nowhere' }),
      conflict('reference'),
    )
  },

  'a tenant sees its own principals only': async ({ store }) => {
    await store.tenants.insert({ id: 'acme', name: 'Acme', createdAt: NOW, revokedAt: null })
    await store.principals.insert(samplePrincipal({ id: 'usr_a', kind: 'user', username: 'ada' }))
    const everybody = { tenant: 'acme', kind: 'user', limit: 10 } as const
    assert.equal(await store.principals.find('acme', 'usr_a'), undefined)
    assert.equal(await store.principals.findByUsername('acme', 'ada'), undefined)
    assert.deepEqual((await store.principals.list(everybody)).items, [])
    assert.equal(await store.principals.update('acme', 'usr_a', { name: 'x' }), false)
    assert.equal(await store.principals.revoke('acme', 'usr_a', NOW), false)
    const { id } = (await store.principals.findByUsername('default', 'ada')) ?? {}
    assert.equal(id, 'usr_a')
  },

  'an update changes what it names, of the living only': async ({ store }) => {
    await store.principals.insert(samplePrincipal())
    const change = { name: 'new', metadata: {} }
    assert.equal(await store.principals.update('default', 'svc_one', change), true)
    assert.equal(await store.principals.update('default', 'svc_one', {}), true)
    assert.deepEqual(
      await store.principals.find('default', 'svc_one'),
      samplePrincipal({ name: 'new', metadata: {} }),
    )
    assert.equal(await store.principals.revoke('default', 'svc_one', NOW + 1), true)
    assert.equal(await store.principals.revoke('default', 'svc_one', NOW + 2), false)
    assert.equal(await store.principals.update('default', 'svc_one', { name: 'late' }), false)
    assert.equal(await store.principals.update('default', 'svc_one', {}), false)
    const { revokedAt } = (await store.principals.find('default', 'svc_one')) ?? {}
    assert.equal(revokedAt, NOW + 1)
  },
}

/** What credentials promise. */
export const credentialGuarantees: Guarantees = {
  'a credential comes back as it was stored': async ({ store }) => {
    await store.principals.insert(samplePrincipal())
    await store.credentials.insert(sampleCredential())
    assert.deepEqual(await store.credentials.find('key000000001'), sampleCredential())
    assert.deepEqual(await store.credentials.listOf('default', 'svc_one'), [sampleCredential()])
    assert.equal(await store.credentials.find('key000000002'), undefined)
  },

  'credential ids are unique everywhere, and name a real holder': async ({ store }) => {
    await store.tenants.insert({ id: 'acme', name: 'Acme', createdAt: NOW, revokedAt: null })
    await store.principals.insert(samplePrincipal())
    await store.principals.insert(samplePrincipal({ tenant: 'acme', id: 'svc_two' }))
    await store.credentials.insert(sampleCredential())
    const twin = sampleCredential({ tenant: 'acme', principalId: 'svc_two' })
    await assert.rejects(store.credentials.insert(twin), conflict('unique'))
    // A credential cannot belong to the principal of another tenant.
    const stray = sampleCredential({ id: 'key000000009', principalId: 'svc_two' })
    await assert.rejects(store.credentials.insert(stray), conflict('reference'))
    assert.equal(await store.credentials.find('key000000009'), undefined)
    assert.deepEqual(await store.credentials.listOf('acme', 'svc_one'), [])
  },

  'an update changes what it names': async ({ store }) => {
    await seedKeys(store, 1)
    const change = { expiresAt: null, networks: [], replacedBy: 'key000000002' } as const
    assert.equal(await store.credentials.update('key000000000', change), true)
    assert.deepEqual(
      await store.credentials.find('key000000000'),
      sampleCredential({ id: 'key000000000', ...change }),
    )
    assert.equal(await store.credentials.update('key000000000', {}), true)
    assert.equal(await store.credentials.update('unknown', change), false)
    assert.equal(await store.credentials.update('unknown', {}), false)
  },

  'a credential is revoked once, and the first reason stays': async ({ store }) => {
    await seedKeys(store, 1)
    assert.equal(await store.credentials.revoke('key000000000', NOW + 1, 'leaked'), true)
    assert.equal(await store.credentials.revoke('key000000000', NOW + 2, 'again'), false)
    assert.equal(await store.credentials.revoke('unknown', NOW, 'x'), false)
    await store.credentials.update('key000000000', { replacedBy: 'key000000002' })
    const found = await store.credentials.find('key000000000')
    assert.deepEqual([found?.revokedAt, found?.revokedReason], [NOW + 1, 'leaked'])
  },

  'a last-used time never goes back': async ({ store }) => {
    const ids = await seedKeys(store, 1200)
    await store.credentials.touch(new Map(ids.map((id) => [id, NOW + 9])))
    await store.credentials.touch(new Map([...ids.map((id) => [id, NOW + 5] as const), ['x', 1]]))
    for (const id of [ids[0], ids[600], ids[1199]]) {
      assert.equal((await store.credentials.find(id ?? ''))?.lastUsedAt, NOW + 9)
    }
    await store.credentials.touch(new Map([['key000000000', NOW + 10]]))
    assert.equal((await store.credentials.find('key000000000'))?.lastUsedAt, NOW + 10)
  },
}

/** What every list promises, asked of credentials. */
export const listGuarantees: Guarantees = {
  'pages are newest first, whole and stable while rows arrive': async ({ store }) => {
    const ids = await seedKeys(store, 25)
    const query = { tenant: 'default', kind: 'api_key', limit: 10 } as const
    const seen: string[] = []
    let page: Page<{ readonly id: string }> = await store.credentials.list(query)
    for (;;) {
      seen.push(...page.items.map(({ id }) => id))
      await store.credentials.insert(sampleCredential({ id: `new-${seen.length}` }))
      if (page.cursor === null) break
      page = await store.credentials.list({ ...query, cursor: page.cursor })
    }
    assert.deepEqual(seen, ids.toReversed())
  },

  'a last page that is full has no cursor': async ({ store }) => {
    await seedKeys(store, 4)
    const query = { tenant: 'default', kind: 'api_key', limit: 4 } as const
    const page = await store.credentials.list(query)
    assert.deepEqual([page.items.length, page.cursor], [4, null])
    assert.equal((await store.credentials.list({ ...query, kind: 'password' })).items.length, 0)
  },

  'a cursor that was never given out ends the list': async ({ store }) => {
    await seedKeys(store, 2)
    for (const cursor of ['', 'p1', 'AAAA', "' or 1=1 --", 'cDk5OTk5OTk5OTk5OTk5OTk5OTk']) {
      const query = { tenant: 'default', kind: 'api_key', limit: 10, cursor } as const
      assert.deepEqual(await store.credentials.list(query), { items: [], cursor: null })
    }
  },
}
