import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { apiCaller, callerWith, textOf, type ApiCaller } from '../testing/api-caller.ts'
import { openAuthority, type TestAuthority } from '../testing/authority.ts'

const OTHER_API = 'https://api.example'
const SCOPES = ['countersign:keys:read', 'countersign:clients:write']

let test: TestAuthority
let admin: ApiCaller

before(async () => {
  test = await openAuthority()
  admin = await apiCaller(test)
})
after(() => test.close())

interface Wanted {
  readonly audience: string
  readonly accessTokenFormat: 'jwt' | 'opaque'
}

/** A client for an audience, and a token of it. */
async function tokenFor(wanted: Wanted): Promise<{ readonly id: string; readonly token: string }> {
  const { audience, accessTokenFormat } = wanted
  const client = { name: 'operator', scopes: SCOPES, audiences: [audience], accessTokenFormat }
  const made = await admin('POST', '/v1/clients', client)
  assert.equal(made.status, 201, made.text)
  const id = textOf(made, 'id')
  const basic = Buffer.from(`${id}:${textOf(made, 'secret')}`).toString('base64')
  const answer = await callerWith(test)('POST', '/oauth/token', undefined, {
    raw: 'grant_type=client_credentials',
    headers: {
      authorization: `Basic ${basic}`,
      'content-type': 'application/x-www-form-urlencoded',
    },
  })
  assert.equal(answer.status, 200, answer.text)
  return { id, token: textOf(answer, 'access_token') }
}

const bearer = (token: string): ReturnType<typeof callerWith> =>
  callerWith(test, { authorization: `Bearer ${token}` })

describe('access tokens at the management API (SR-502)', () => {
  for (const accessTokenFormat of ['jwt', 'opaque'] as const) {
    it(`lets a ${accessTokenFormat} token for this authority do what its scopes say`, async () => {
      const { token } = await tokenFor({ audience: test.authority.issuer, accessTokenFormat })
      assert.equal((await bearer(token)('GET', '/v1/keys')).status, 200)
      assert.equal((await bearer(token)('GET', '/v1/tenants')).status, 403)
    })

    it(`refuses a ${accessTokenFormat} token for another API`, async () => {
      const { token } = await tokenFor({ audience: OTHER_API, accessTokenFormat })
      assert.equal((await bearer(token)('GET', '/v1/keys')).status, 401)
    })

    it(`refuses a ${accessTokenFormat} token once its client is revoked`, async () => {
      const { id, token } = await tokenFor({
        audience: test.authority.issuer,
        accessTokenFormat,
      })
      assert.equal((await admin('DELETE', `/v1/clients/${id}`)).status, 204)
      assert.equal((await bearer(token)('GET', '/v1/keys')).status, 401)
    })
  }

  it('refuses to aim a client with management scopes at this authority without holding them', async () => {
    const { id } = await tokenFor({ audience: OTHER_API, accessTokenFormat: 'jwt' })
    const clerk = await apiCaller(test, ['countersign:clients:write'])
    const aimed = await clerk('PATCH', `/v1/clients/${id}`, { audiences: [test.authority.issuer] })
    assert.equal(aimed.status, 403, aimed.text)
  })
})

describe('names of principals', () => {
  it('come from the authority, and never collide between kinds (SR-034)', async () => {
    const kinds = [
      ['services', 'svc_', { name: 'one', scopes: ['orders:read'] }],
      [
        'clients',
        'cli_',
        { name: 'one', scopes: ['orders:read'], audiences: ['https://api.example'] },
      ],
    ] as const
    for (const [noun, prefix, body] of kinds) {
      const made = await admin('POST', `/v1/${noun}`, body)
      assert.equal(made.status, 201, made.text)
      assert.ok(textOf(made, 'id').startsWith(prefix))
      // A caller that could choose a client id could choose the sub of a user.
      const chosen = await admin('POST', `/v1/${noun}`, {
        ...body,
        id: 'usr_0000000000000000000000',
      })
      assert.equal(chosen.status, 422, chosen.text)
    }
  })
})

describe('guesses at the management API', () => {
  it('meet a wall per address, before which everybody else is served (SR-030)', async () => {
    const guessing = await openAuthority()
    const { key } = await apiCaller(guessing)
    const ask = async (credential: string, remoteAddress: string): Promise<Response> => {
      const { authority } = guessing
      const headers = { authorization: `Bearer ${credential}` }
      const request = new Request(`${authority.issuer}/v1/keys`, { headers })
      return authority.fetch(request, { remoteAddress })
    }
    const statuses: number[] = []
    for (let guess = 0; guess < 31; guess += 1) {
      statuses.push((await ask(`${key.slice(0, -1)}!`, '203.0.113.7')).status)
    }
    assert.deepEqual([...new Set(statuses.slice(0, 30))], [401])
    assert.equal(statuses[30], 429)
    const walled = await ask(key, '203.0.113.7')
    assert.equal(walled.status, 429, 'a good key from there waits as well')
    assert.ok(Number(walled.headers.get('retry-after')) > 0)
    assert.equal((await ask(key, '203.0.113.8')).status, 200)
    await guessing.close()
  })
})
