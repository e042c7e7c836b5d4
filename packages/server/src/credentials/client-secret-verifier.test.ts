import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { SYSTEM_ACTOR } from './actor.ts'
import { createClientSecret, revokeClientSecret } from './client-secrets.ts'
import { clientSecretVerifier, type ClientSecretVerifier } from './client-secret-verifier.ts'
import { revokePrincipal } from './principals.ts'
import { addClient, openAuthority, type TestAuthority } from '../testing/authority.ts'

const tenant = 'default'

let test: TestAuthority
let verify: ClientSecretVerifier
let looked = 0

before(async () => {
  test = await openAuthority()
  const { context } = test.authority
  const credentials = {
    ...context.store.credentials,
    find: (id: string) => {
      looked += 1
      return context.store.credentials.find(id)
    },
  }
  verify = clientSecretVerifier({ ...context, store: { ...context.store, credentials } })
})
after(() => test.close())

const accepts = async (clientId: string, secret: string, at = tenant): Promise<boolean> =>
  (await verify({ tenant: at, clientId, secret })) !== undefined

const another = async (clientId: string, overlapSeconds?: number) => {
  const wanted = { tenant, clientId, overlapSeconds }
  const made = await createClientSecret(test.authority.context, wanted, SYSTEM_ACTOR)
  assert.ok(made.ok)
  return { id: made.value.record.id, secret: made.value.secret.reveal() }
}

describe('a client secret', () => {
  it('proves its client and no other, in its tenant and no other', async () => {
    const client = await addClient(test)
    const other = await addClient(test)
    assert.equal(await accepts(client.id, client.secret), true)
    assert.equal(await accepts(other.id, client.secret), false)
    assert.equal(await accepts(client.id, client.secret, 'acme'), false)
    assert.equal(await accepts('', client.secret), false)
  })

  it('is refused with a character changed, missing or added, without a look-up', async () => {
    const { id, secret } = await addClient(test)
    const sofar = looked
    for (const wrong of ['', `${secret}x`, secret.slice(0, -1), `${secret.slice(0, -1)}!`]) {
      assert.equal(await accepts(id, wrong), false)
    }
    assert.equal(looked, sofar)
  })

  it('is looked up once a lease, by any number of requests at once', async () => {
    const { id, secret } = await addClient(test)
    const sofar = looked
    await Promise.all(Array.from({ length: 20 }, () => accepts(id, secret)))
    await accepts(id, secret)
    assert.equal(looked, sofar + 1)
  })

  it('lives beside others, and falls alone', async () => {
    const client = await addClient(test)
    const second = await another(client.id)
    assert.equal(await accepts(client.id, client.secret), true)
    assert.equal(await accepts(client.id, second.secret), true)
    const ref = { tenant, clientId: client.id, id: second.id }
    assert.ok((await revokeClientSecret(test.authority.context, ref, SYSTEM_ACTOR)).ok)
    assert.equal(await accepts(client.id, client.secret), true)
    assert.equal(await accepts(client.id, second.secret), false)
  })

  it('ends after the overlap of a rotation', async () => {
    const client = await addClient(test)
    assert.equal(await accepts(client.id, client.secret), true)
    const next = await another(client.id, 30)
    assert.equal(await accepts(client.id, client.secret), true)
    test.clock.pass(30)
    assert.equal(await accepts(client.id, client.secret), false)
    assert.equal(await accepts(client.id, next.secret), true)
  })

  it('falls with its client, lease or no lease', async () => {
    const client = await addClient(test)
    assert.equal(await accepts(client.id, client.secret), true)
    const ref = { tenant, kind: 'client', id: client.id } as const
    assert.ok((await revokePrincipal(test.authority.context, ref, SYSTEM_ACTOR)).ok)
    assert.equal(await accepts(client.id, client.secret), false)
  })

  it('is one of at most five', async () => {
    const client = await addClient(test)
    for (let n = 0; n < 4; n += 1) await another(client.id)
    const wanted = { tenant, clientId: client.id }
    const sixth = await createClientSecret(test.authority.context, wanted, SYSTEM_ACTOR)
    assert.ok(!sixth.ok && sixth.error.kind === 'conflict')
  })

  it('is no API key, and an API key is no client secret', async () => {
    const { id, secret } = await addClient(test)
    assert.equal(await accepts(id, secret.replace('_cs_', '_live_')), false)
  })
})
