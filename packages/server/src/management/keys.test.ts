import assert from 'node:assert/strict'
import { after, before, beforeEach, describe, it } from 'node:test'
import { requestView } from 'countersign/testing'
import type { Guard } from 'countersign'
import {
  addKey,
  addService,
  apiCaller,
  callerWith,
  textOf,
  type ApiCaller,
} from '../testing/api-caller.ts'
import { openAuthority, type TestAuthority } from '../testing/authority.ts'

const DAY = 86_400

let test: TestAuthority
let admin: ApiCaller
let serviceId: string
/** One for all tests: it keeps leases, as an application's does. */
let desk: Guard

before(async () => {
  test = await openAuthority()
  admin = await apiCaller(test)
  desk = test.authority.desk({ audience: 'https://api.example.com' }).guard()
})
after(() => test.close())
beforeEach(async () => {
  serviceId = await addService(admin)
})

/** Asks this process's own desk, as an application beside the authority would. */
async function decide(key: string, remoteAddress = '192.0.2.7'): Promise<string> {
  const view = requestView({ remoteAddress, headers: [['x-api-key', key]] })
  const decision = await desk.check(view, { scopes: ['orders:read'] })
  return decision.outcome === 'refused' ? decision.reason : decision.outcome
}

const show = async (id: string): Promise<Record<string, unknown>> =>
  (await admin('GET', `/v1/keys/${id}`)).body

describe('an API key', () => {
  it('is shown once, works at once, and is named by its public id in lists', async () => {
    const issued = await admin('POST', '/v1/keys', {
      serviceId,
      name: 'ci',
      scopes: ['orders:read'],
    })
    assert.equal(issued.status, 201)
    assert.equal(issued.headers.get('cache-control'), 'no-store')
    const secret = textOf(issued, 'secret')
    const id = textOf(issued, 'id')
    assert.ok(secret.startsWith(`cs_live_${id}_`))
    assert.equal(await decide(secret), 'allowed')
    for (const path of ['/v1/keys', `/v1/keys/${id}`, `/v1/keys?serviceId=${serviceId}`]) {
      const { text } = await admin('GET', path)
      assert.ok(text.includes(id))
      assert.ok(!text.includes(secret))
      assert.ok(!text.includes('digest'))
    }
  })

  it('needs scopes at its creation, and can do nothing with none (SR-203)', async () => {
    const without = await admin('POST', '/v1/keys', { serviceId, name: 'x' })
    assert.equal(without.status, 422)
    assert.match(without.text, /"pointer":"\/scopes"/)
    const { secret } = await addKey(admin, serviceId, { scopes: [] })
    assert.equal(await decide(secret), 'permission.scope-missing')
  })

  it('is refused from the moment DELETE answers, and leaves a tombstone', async () => {
    const { id, secret } = await addKey(admin, serviceId)
    assert.equal(await decide(secret), 'allowed')
    for (const status of [204, 204]) {
      assert.equal((await admin('DELETE', `/v1/keys/${id}`)).status, status)
    }
    assert.equal(await decide(secret), 'api-key.revoked')
    const tombstone = await show(id)
    assert.equal(tombstone['revokedAt'], test.clock.now())
    const changed = await admin('PATCH', `/v1/keys/${id}`, { name: 'alive' })
    assert.equal(changed.status, 409)
    assert.equal((await admin('POST', `/v1/keys/${id}/rotate`, {})).status, 409)
  })

  it('writes one event and one change for one revocation, however often it is asked', async () => {
    const { id } = await addKey(admin, serviceId)
    await admin('DELETE', `/v1/keys/${id}`)
    await admin('DELETE', `/v1/keys/${id}`)
    const { items } = await test.store.events.list({ tenant: 'default', limit: 200 })
    const events = items.filter(({ subject, type }) => subject === id && type === 'key.revoked')
    assert.equal(events.length, 1)
    assert.equal(events[0]?.actor, admin.principalId)
    const changes = await test.store.changes.after(0, 1000)
    assert.equal(changes.filter(({ subject }) => subject === id).length, 1)
  })

  it('does less at once when its scopes, networks or expiry are changed', async () => {
    const { id, secret } = await addKey(admin, serviceId)
    assert.equal(await decide(secret), 'allowed')
    const steps = [
      [{ scopes: ['orders:write'] }, 'permission.scope-missing'],
      [{ scopes: ['orders:*'] }, 'allowed'],
      [{ networks: ['10.0.0.0/8'] }, 'api-key.network-denied'],
      [{ networks: [] }, 'allowed'],
      [{ expiresAt: test.clock.now() + 5 }, 'allowed'],
    ] as const
    for (const [change, outcome] of steps) {
      assert.equal((await admin('PATCH', `/v1/keys/${id}`, change)).status, 200)
      assert.equal(await decide(secret), outcome, JSON.stringify(change))
    }
    test.clock.pass(5)
    assert.equal(await decide(secret), 'api-key.expired')
  })

  it('does no more than its service may now, and falls with it', async () => {
    const { secret } = await addKey(admin, serviceId, { scopes: ['orders:read'] })
    const narrower = { scopes: ['orders:write'] }
    assert.equal((await admin('PATCH', `/v1/services/${serviceId}`, narrower)).status, 200)
    assert.equal(await decide(secret), 'permission.scope-missing')
    assert.equal((await admin('DELETE', `/v1/services/${serviceId}`)).status, 204)
    assert.equal(await decide(secret), 'api-key.revoked')
    const late = await admin('POST', '/v1/keys', { serviceId, name: 'late', scopes: [] })
    assert.equal(late.status, 409)
  })

  const bad: readonly (readonly [string, Record<string, unknown>, string])[] = [
    ['a network that is none', { networks: ['10.0.0.0/8', '10.0.0.0/33'] }, '/networks/1'],
    ['an expiry that has passed', { expiresAt: 1 }, '/expiresAt'],
    ['a start after its end', { notBefore: 1_900_000_000, expiresAt: 1_800_000_000 }, '/notBefore'],
    ['a reserved environment', { environment: 'at' }, '/environment'],
    ['an environment that breaks the key', { environment: 'a_b' }, '/environment'],
    [
      'a burst that nobody chose',
      { limits: [{ name: 'l', algorithm: 'gcra', limit: 5, windowSeconds: 60 }] },
      '/limits/0',
    ],
    [
      'two limits of one name',
      {
        limits: [1, 2].map((limit) => ({
          name: 'l',
          algorithm: 'sliding-window',
          limit,
          windowSeconds: 60,
        })),
      },
      '/limits',
    ],
  ]
  for (const [what, member, pointer] of bad) {
    it(`is not made with ${what}`, async () => {
      const answer = await admin('POST', '/v1/keys', {
        serviceId,
        name: 'x',
        scopes: [],
        ...member,
      })
      assert.equal(answer.status, 422, answer.text)
      assert.ok(answer.text.includes(`"pointer":"${pointer}"`), answer.text)
    })
  }
})

describe('rotation', () => {
  it('keeps both keys for the overlap, and then the new one', async () => {
    const { id, secret } = await addKey(admin, serviceId)
    assert.equal(await decide(secret), 'allowed')
    const rotated = await admin('POST', `/v1/keys/${id}/rotate`, { overlapSeconds: 60 })
    assert.equal(rotated.status, 201, rotated.text)
    const next = textOf(rotated, 'secret')
    assert.equal((await show(id))['replacedBy'], rotated.body['id'])
    assert.deepEqual([await decide(secret), await decide(next)], ['allowed', 'allowed'])
    test.clock.pass(60)
    assert.deepEqual([await decide(secret), await decide(next)], ['api-key.expired', 'allowed'])
  })

  it('ends the old key at once without an overlap', async () => {
    const { id, secret } = await addKey(admin, serviceId)
    assert.equal(await decide(secret), 'allowed')
    await admin('POST', `/v1/keys/${id}/rotate`, { overlapSeconds: 0 })
    assert.equal(await decide(secret), 'api-key.expired')
  })

  it('never extends the old key', async () => {
    const expiresAt = test.clock.now() + 10
    const { id } = await addKey(admin, serviceId, { expiresAt })
    const rotated = await admin('POST', `/v1/keys/${id}/rotate`, {
      overlapSeconds: DAY,
      expiresAt: expiresAt + 90 * DAY,
    })
    assert.equal(rotated.status, 201)
    assert.equal((await show(id))['expiresAt'], expiresAt)
    assert.equal(rotated.body['expiresAt'], expiresAt + 90 * DAY)
  })

  it('has one winner of many at once, and one successor', async () => {
    const { id } = await addKey(admin, serviceId)
    const all = await Promise.all(
      Array.from({ length: 8 }, () => admin('POST', `/v1/keys/${id}/rotate`, {})),
    )
    const statuses = all.map(({ status }) => status).toSorted((a, b) => a - b)
    assert.deepEqual(statuses, [201, ...Array.from({ length: 7 }, () => 409)])
    const listed = await admin('GET', `/v1/keys?serviceId=${serviceId}`)
    assert.ok(Array.isArray(listed.body['items']) && listed.body['items'].length === 2)
  })

  it('carries limits, networks and metadata over, and nothing of the old use', async () => {
    const kept = {
      scopes: ['orders:read'],
      networks: ['192.0.2.0/24'],
      metadata: { team: 'a' },
      limits: [{ name: 'per-minute', algorithm: 'sliding-window', limit: 9, windowSeconds: 60 }],
    }
    const { id } = await addKey(admin, serviceId, kept)
    const { body } = await admin('POST', `/v1/keys/${id}/rotate`, {})
    const { scopes, networks, metadata, limits } = body
    assert.deepEqual({ scopes, networks, metadata, limits }, kept)
    assert.equal(body['lastUsedAt'], null)
  })

  it('refuses an overlap that is no overlap', async () => {
    const { id } = await addKey(admin, serviceId)
    for (const overlapSeconds of [-1, 0.5, 1e9, '60', null]) {
      const answer = await admin('POST', `/v1/keys/${id}/rotate`, { overlapSeconds })
      assert.equal(answer.status, 422)
    }
  })
})

describe('lists', () => {
  it('are read to the end by their cursors, each item once', async () => {
    const made = new Set<string>()
    for (let n = 0; n < 7; n += 1) made.add((await addKey(admin, serviceId)).id)
    const seen: string[] = []
    let cursor = ''
    do {
      const page = await admin('GET', `/v1/keys?limit=3${cursor === '' ? '' : `&cursor=${cursor}`}`)
      assert.equal(page.status, 200, page.text)
      const { items, cursor: next } = page.body
      assert.ok(Array.isArray(items) && items.length <= 3)
      seen.push(...items.map((item: { id: string }) => item.id))
      cursor = typeof next === 'string' ? next : ''
    } while (cursor !== '')
    assert.equal(new Set(seen).size, seen.length)
    assert.ok([...made].every((id) => seen.includes(id)))
  })
})

describe('last use', () => {
  it('is written in batches, and a refused request is no use', async () => {
    const { id, secret } = await addKey(admin, serviceId, { scopes: [] })
    await decide(`${secret.slice(0, -1)}x`)
    await test.authority.context.decisions.flush()
    assert.equal((await show(id))['lastUsedAt'], null)
  })
})

describe('the first key', () => {
  it('is needed: nothing answers without one', async () => {
    assert.equal((await callerWith(test)('GET', '/v1/keys')).status, 401)
  })
})
