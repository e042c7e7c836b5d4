import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { importSignatureKey, signRequest } from 'countersign/http-signature/sign'
import { requestView } from 'countersign/testing'
import { addService, apiCaller, textOf, type ApiCaller } from '../testing/api-caller.ts'
import { openAuthority, type TestAuthority } from '../testing/authority.ts'

const PATH = '/v1/replay-fence'
/** An hour after the database was made: by then it holds nothing back by itself. */
const now = (): number => Math.floor(Date.now() / 1000) + 3600

describe('POST /v1/replay-fence', () => {
  let test: TestAuthority
  let admin: ApiCaller

  before(async () => {
    test = await openAuthority({ clock: () => Date.now() + 3_600_000 })
    admin = await apiCaller(test)
  })
  after(() => test.close())

  it('refuses what was signed up to then, and accepts what is signed later', async () => {
    const desk = test.authority.desk({ audience: 'urn:api' }).guard()
    const serviceId = await addService(admin)
    const given = { serviceId, kind: 'hmac_key', name: 'n', scopes: ['orders:read'] }
    const made = await admin('POST', '/v1/signing-credentials', given)
    const key = await importSignatureKey({
      keyId: textOf(made, 'id'),
      algorithm: 'hmac-sha256',
      secret: textOf(made, 'secret'),
    })
    const signedAt = async (seconds: number): Promise<string> => {
      const url = 'https://api.example.test/orders'
      const clock = (): number => seconds * 1000
      const headers = await signRequest({ method: 'GET', url }, { key, clock })
      const parts = { authority: 'api.example.test', target: '/orders', headers }
      const decision = await desk.check(requestView(parts), { scopes: ['orders:read'] })
      return decision.outcome === 'refused' ? decision.reason : decision.outcome
    }
    assert.equal(await signedAt(now() - 120), 'allowed')
    const at = now() - 60
    const raised = await admin('POST', PATH, { at })
    assert.deepEqual([raised.status, raised.body], [200, { at }])
    assert.equal(await signedAt(now() - 121), 'request.replay-fenced')
    assert.equal(await signedAt(now() - 30), 'allowed')
    const { items } = await test.store.events.list({ tenant: 'default', limit: 10 })
    const event = items.find(({ type }) => type === 'replay-fence.raised')
    assert.deepEqual(event?.data, { at })
    assert.equal(event?.actor, admin.principalId)
  })

  it('is raised to now where no time is given, and never into the future', async () => {
    const raised = await admin('POST', PATH, {})
    assert.ok(Math.abs(Number(raised.body['at']) - now()) <= 1)
    assert.equal((await admin('POST', PATH, { at: now() + 60 })).status, 422)
    assert.equal((await admin('POST', PATH, { at: 1.5 })).status, 422)
  })

  it('needs its scope, and is of the default tenant: the memory is one', async () => {
    const other = await apiCaller(test, ['countersign:revocations:write'])
    assert.equal((await other('POST', PATH, {})).status, 403)
    await admin('POST', '/v1/tenants', { id: 'acme', name: 'Acme' })
    const acme = await apiCaller(test, ['countersign:*'], 'acme')
    assert.equal((await acme('POST', PATH, {}, { tenant: 'acme' })).status, 403)
    assert.equal((await acme('POST', PATH, {})).status, 403)
  })
})
