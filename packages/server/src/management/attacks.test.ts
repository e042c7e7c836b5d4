import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { addKey, addService, apiCaller, callerWith, textOf } from '../testing/api-caller.ts'
import type { ApiCaller } from '../testing/api-caller.ts'
import { openAuthority, type TestAuthority } from '../testing/authority.ts'
import { TABLE } from './table.ts'

let test: TestAuthority
let admin: ApiCaller

before(async () => {
  test = await openAuthority()
  admin = await apiCaller(test)
  for (const id of ['acme', 'globex']) {
    const made = await admin('POST', '/v1/tenants', { id, name: id })
    assert.equal(made.status, 201, made.text)
  }
})
after(() => test.close())

const concrete = (path: string): string => path.replaceAll(/\{\w+\}/g, 'nothing')

describe('every route of the table', () => {
  for (const { method, path, scope, ownScope, body } of TABLE) {
    const name = `${method.toUpperCase()} ${path}`
    const input = body === undefined ? undefined : {}

    it(`${name} refuses a request without a credential`, async () => {
      const answer = await callerWith(test)(method.toUpperCase(), concrete(path), input)
      assert.equal(answer.status, 401, answer.text)
      assert.match(answer.headers.get('www-authenticate') ?? '', /^Bearer realm="countersign"/)
      assert.equal(answer.headers.get('content-type'), 'application/problem+json')
    })

    it(`${name} refuses a key without ${scope}`, async () => {
      const others = [...new Set(TABLE.map((route) => route.scope))].filter(
        (other) => other !== scope && other !== ownScope,
      )
      const call = await apiCaller(test, others)
      const answer = await call(method.toUpperCase(), concrete(path), input)
      assert.equal(answer.status, 403, answer.text)
      assert.equal(answer.body['code'], 'permission-denied')
    })

    it(`${name} refuses a key of another tenant, even with every scope`, async () => {
      const call = await apiCaller(test, ['countersign:*'], 'acme')
      const atDefault = await call(method.toUpperCase(), concrete(path), input)
      const atOther = await call(method.toUpperCase(), concrete(path), input, { tenant: 'globex' })
      assert.equal(atDefault.status, 403, atDefault.text)
      assert.equal(atOther.status, 403, atOther.text)
    })
  }

  it('is named for the noun it is about and for reading or writing', () => {
    for (const { method, scope } of TABLE) {
      assert.match(scope, /^countersign:(?:[a-z-]+:(?:read|write|issue)|verify)$/)
      if (method !== 'get' && scope.endsWith(':read'))
        assert.equal(scope, 'countersign:events:read')
    }
  })
})

describe('one tenant and the things of another', () => {
  it('answers the id of another tenant and an id that never was with the same bytes', async () => {
    const acme = await apiCaller(test, ['countersign:*'], 'acme')
    const serviceId = await addService(admin)
    const { id: keyId } = await addKey(admin, serviceId)
    const client = await admin('POST', '/v1/clients', { name: 'c', scopes: [] })
    const theirs = [
      `/v1/services/${serviceId}`,
      `/v1/keys/${keyId}`,
      `/v1/clients/${textOf(client, 'id')}`,
    ]
    for (const path of theirs) {
      for (const method of ['GET', 'DELETE'] as const) {
        const other = await acme(method, path, undefined, { tenant: 'acme' })
        const never = await acme(method, `${path}x`, undefined, { tenant: 'acme' })
        assert.equal(other.status, 404)
        assert.equal(other.text, never.text)
      }
    }
    const rotated = await acme('POST', `/v1/keys/${keyId}/rotate`, {}, { tenant: 'acme' })
    assert.equal(rotated.status, 404)
    const revoked = { kind: 'credential', subject: keyId }
    assert.equal((await acme('POST', '/v1/revocations', revoked, { tenant: 'acme' })).status, 404)
    const made = { serviceId, name: 'stolen', scopes: [] }
    assert.equal((await acme('POST', '/v1/keys', made, { tenant: 'acme' })).status, 422)
    assert.equal((await admin('GET', `/v1/keys/${keyId}`)).body['revokedAt'], null)
  })

  it('lets a principal of the default tenant into another only with countersign:*', async () => {
    const narrow = await apiCaller(test, ['countersign:services:read'])
    assert.equal((await narrow('GET', '/v1/services')).status, 200)
    assert.equal((await narrow('GET', '/v1/services', undefined, { tenant: 'acme' })).status, 403)
    assert.equal((await admin('GET', '/v1/services', undefined, { tenant: 'acme' })).status, 200)
  })

  it('keeps tenants and the whole chain of events at the default tenant', async () => {
    const acme = await apiCaller(test, ['countersign:*'], 'acme')
    const at = { tenant: 'acme' }
    assert.equal((await acme('GET', '/v1/tenants', undefined, at)).status, 403)
    assert.equal((await acme('POST', '/v1/tenants', { id: 'evil', name: 'e' }, at)).status, 403)
    assert.equal((await acme('POST', '/v1/events/verify', {}, at)).status, 403)
    const tenant = { kind: 'tenant', subject: 'globex' }
    assert.equal((await acme('POST', '/v1/revocations', tenant, at)).status, 403)
  })
})

describe('escalation', () => {
  const WRITER = [
    'countersign:keys:write',
    'countersign:services:write',
    'countersign:users:write',
    'countersign:clients:write',
  ]

  it('refuses to hand out management scopes that the caller does not hold', async () => {
    const writer = await apiCaller(test, WRITER)
    const root = { name: 'root', scopes: ['countersign:*'] }
    const own = await writer('POST', '/v1/services', { name: 's', scopes: WRITER })
    assert.equal(own.status, 201, own.text)
    const serviceId = textOf(own, 'id')
    const attempts = [
      ['POST', '/v1/services', root],
      ['POST', '/v1/users', { ...root, username: 'root' }],
      ['POST', '/v1/clients', root],
      ['PATCH', `/v1/services/${serviceId}`, { scopes: ['countersign:*'] }],
      ['PATCH', `/v1/services/${serviceId}`, { scopes: ['countersign:tenants:write'] }],
    ] as const
    for (const [method, path, body] of attempts) {
      const answer = await writer(method, path, body)
      assert.equal(answer.status, 403, `${method} ${path}: ${answer.text}`)
    }
  })

  it('refuses to renew a secret whose scopes the caller does not hold', async () => {
    const writer = await apiCaller(test, WRITER)
    const victim = admin.key.split('_')[2] ?? ''
    assert.equal((await writer('POST', `/v1/keys/${victim}/rotate`, {})).status, 403)
    const stolen = { serviceId: admin.principalId, name: 'x', scopes: ['countersign:*'] }
    assert.equal((await writer('POST', '/v1/keys', stolen)).status, 403)
    const client = await admin('POST', '/v1/clients', { name: 'r', scopes: ['countersign:*'] })
    const rotate = `/v1/clients/${textOf(client, 'id')}/rotate-secret`
    assert.equal((await writer('POST', rotate, {})).status, 403)
    const user = { username: 'boss', name: 'b', scopes: ['countersign:*'] }
    const made = await admin('POST', '/v1/users', user)
    const password = `/v1/users/${textOf(made, 'id')}/password`
    assert.equal((await writer('POST', password, {})).status, 403)
  })

  it('refuses a key with more than its service, and an empty name for more', async () => {
    const serviceId = await addService(admin, ['orders:read'])
    for (const scope of ['orders:*', 'orders:write', 'countersign:*', '*', 'orders:read ']) {
      const answer = await admin('POST', '/v1/keys', { serviceId, name: 'x', scopes: [scope] })
      assert.equal(answer.status, 422, scope)
    }
  })
})

describe('input', () => {
  const assigned: readonly (readonly [string, unknown])[] = [
    ['id', 'mine'],
    ['tenant', 'acme'],
    ['digest', 'x'.repeat(43)],
    ['revokedAt', null],
    ['createdAt', 0],
    ['principalId', 'svc_other'],
    ['constructor', {}],
    ['toString', 'x'],
    ['__proto__', { scopes: ['countersign:*'] }],
  ]
  for (const [member, value] of assigned) {
    it(`refuses the member ${member}, which is not the caller's to set`, async () => {
      const raw = `{"name":"s","scopes":[],${JSON.stringify(member)}:${JSON.stringify(value)}}`
      const answer = await admin('POST', '/v1/services', undefined, { raw })
      assert.ok([400, 422].includes(answer.status), answer.text)
    })
  }

  it('refuses a __proto__ at any depth', async () => {
    const raw = '{"name":"s","scopes":[],"metadata":{"a":[{"__proto__":{"b":1}}]}}'
    const answer = await admin('POST', '/v1/services', undefined, { raw })
    assert.equal(answer.status, 400, answer.text)
    assert.equal(Object.hasOwn(Object.prototype, 'b'), false)
  })

  const bodies: readonly (readonly [string, string, number])[] = [
    ['no JSON', '{"name":', 400],
    ['an array', '[]', 422],
    ['null', 'null', 422],
    ['a text', '"x"', 422],
    ['64 KiB and more', JSON.stringify({ name: 'x'.repeat(70_000), scopes: [] }), 413],
    ['scopes that are a text', '{"name":"s","scopes":"countersign:*"}', 422],
    ['a name with a line break', String.raw`{"name":"a\nb","scopes":[]}`, 422],
    [
      'metadata over its size',
      JSON.stringify({ name: 's', scopes: [], metadata: { a: 'x'.repeat(5000) } }),
      422,
    ],
  ]
  for (const [what, raw, status] of bodies) {
    it(`refuses ${what}`, async () => {
      const answer = await admin('POST', '/v1/services', undefined, { raw })
      assert.equal(answer.status, status, answer.text)
      assert.equal(answer.headers.get('content-type'), 'application/problem+json')
    })
  }

  it('refuses what a form of another site could send', async () => {
    for (const type of ['text/plain', 'application/x-www-form-urlencoded', 'multipart/form-data']) {
      const headers = { 'content-type': type }
      const answer = await admin('POST', '/v1/services', undefined, { raw: '{}', headers })
      assert.equal(answer.status, 415, type)
    }
    const [id = ''] = admin.key.split('_').slice(2)
    const bare = await admin('POST', `/v1/keys/${id}/rotate`)
    assert.equal(bare.status, 415)
  })

  it('says where an input is wrong and what to write, and never echoes it', async () => {
    const secret = 'correct horse battery'
    const body = { name: 'u', username: 'eve', scopes: [secret], pasword: secret }
    const answer = await admin('POST', '/v1/users', body)
    assert.equal(answer.status, 422)
    assert.deepEqual(answer.body['errors'], [
      { pointer: '/pasword', detail: 'There is no such member; leave it out.' },
    ])
    const scopes = await admin('POST', '/v1/users', {
      name: 'u',
      username: 'eve',
      scopes: [secret],
    })
    assert.match(scopes.text, /"pointer":"\/scopes\/0"/)
    assert.ok(!(answer.text + scopes.text).includes(secret))
  })

  it('refuses unknown and repeated query parameters, and cursors that it never gave', async () => {
    for (const query of ['nope=1', 'limit=1&limit=2', 'limit=0', 'limit=201', 'cursor=bm9wZQ']) {
      const answer = await admin('GET', `/v1/services?${query}`)
      assert.equal(answer.status, 422, query)
    }
    assert.equal((await admin('GET', '/v1/services/x?debug=1')).status, 422)
  })

  it('answers a method that a path does not have with 405 and those it has', async () => {
    const answer = await admin('PUT', '/v1/keys', {})
    assert.equal(answer.status, 405)
    assert.equal(answer.headers.get('allow'), 'POST, GET')
  })

  it('answers a credential in the query with a refusal that names no secret', async () => {
    const answer = await callerWith(test)('GET', `/v1/services?api_key=${admin.key}`)
    assert.equal(answer.status, 400)
    assert.ok(!answer.text.includes(admin.key))
  })
})
