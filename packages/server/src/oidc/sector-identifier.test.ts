import assert from 'node:assert/strict'
import { createServer, type Server } from 'node:http'
import { after, before, describe, test } from 'node:test'
import { completeClient } from '../model/client-settings.ts'
import { apiCaller, textOf, type ApiCaller } from '../testing/api-caller.ts'
import { openAuthority, type TestAuthority } from '../testing/authority.ts'
import { userClaims } from './claims.ts'
import { checkSectorIdentifier } from './sector-identifier.ts'

const ONE = 'https://one.example/cb'
const TWO = 'https://two.example/cb'
const OUTBOUND = { allowPrivateHosts: ['127.0.0.1'], allowHttp: true }

const DOCUMENTS: Readonly<Record<string, string>> = {
  '/both': JSON.stringify([ONE, TWO]),
  '/one': JSON.stringify([ONE]),
  '/near': JSON.stringify([ONE, `${TWO}/`]),
  '/object': JSON.stringify({ 0: ONE, 1: TWO }),
  '/broken': '[',
  '/large': JSON.stringify([ONE, TWO, 'x'.repeat(70_000)]),
}

void describe('a sector identifier (Core §8.1)', () => {
  let server: Server
  let base: string
  before(async () => {
    server = createServer((request, response) => {
      const document = DOCUMENTS[request.url ?? '']
      if (document === undefined) response.writeHead(302, { location: '/both' })
      response.end(document)
    })
    await new Promise<void>((resolve) => {
      server.listen(0, '127.0.0.1', resolve)
    })
    const address = server.address()
    base = `http://127.0.0.1:${typeof address === 'object' && address !== null ? address.port : 0}`
  })
  after(() => {
    server.closeAllConnections()
    server.close()
  })

  const check = (path: string, outbound = OUTBOUND) =>
    checkSectorIdentifier(
      outbound,
      completeClient({ redirectUris: [ONE, TWO], sectorIdentifierUri: base + path }),
    )

  void test('lists every redirect URI of its clients', async () => {
    assert.equal(await check('/both'), undefined)
    assert.equal(await checkSectorIdentifier(OUTBOUND, completeClient({})), undefined)
  })

  for (const path of ['/one', '/near', '/object', '/broken', '/large', '/moved']) {
    void test(`is none at ${path}`, async () => {
      assert.equal((await check(path))?.error.pointer, '/sectorIdentifierUri')
    })
  }

  void test('is not fetched from inside the network (SR-504)', async () => {
    const refused = await check('/both', { allowPrivateHosts: [], allowHttp: false })
    assert.match(refused?.error.message ?? '', /refused/)
  })
})

void describe('the management API', () => {
  let at: TestAuthority
  let admin: ApiCaller
  before(async () => {
    at = await openAuthority()
    admin = await apiCaller(at)
  })
  after(() => at.close())

  void test('takes no client into a sector whose document it cannot read', async () => {
    const sector = { sectorIdentifierUri: 'https://127.0.0.1:1/sector.json' }
    const settings = { grantTypes: ['authorization_code'], redirectUris: [ONE] }
    const client = { name: 'app', scopes: [], ...settings }
    const made = await admin('POST', '/v1/clients', client)
    assert.equal(made.status, 201)
    const answers = [
      await admin('POST', '/v1/clients', { ...client, ...sector }),
      await admin('PATCH', `/v1/clients/${textOf(made, 'id')}`, sector),
    ]
    for (const { status, text } of answers) {
      assert.equal(status, 422)
      assert.match(text, /\/sectorIdentifierUri/)
    }
  })

  void test('takes claims of a person that are some, and nothing else by that name', async () => {
    const user = { username: 'alice', name: 'Alice', scopes: [] }
    const good = { team: 'red', claims: { email: 'alice@example.com' } }
    const made = await admin('POST', '/v1/users', { ...user, metadata: good })
    assert.deepEqual([made.status, made.body['metadata']], [201, good])
    const path = `/v1/users/${textOf(made, 'id')}`
    for (const claims of [{ sub: 'root' }, { email: 1 }, 'all']) {
      // oxlint-disable-next-line no-await-in-loop -- three requests
      assert.equal((await admin('PATCH', path, { metadata: { claims } })).status, 422)
    }
  })
})

void describe('claims that an operator records', () => {
  const GOOD = [
    {},
    { email: 'a@example.com', email_verified: false },
    { phone_number: '+1 (425) 555-1212;ext=5678', address: { country: 'DE' } },
    { locale: 'fr_CA', zoneinfo: 'Europe/Paris', birthdate: '0000-12-31', updated_at: 1 },
  ]
  const BAD = [
    { sub: 'usr_other' },
    { name: 'Mallory' },
    { email: 'no address' },
    { email_verified: 'true' },
    { picture: 'javascript:alert(1)' },
    { website: 'data:text/html,x' },
    { phone_number: '12345' },
    { birthdate: '31.12.1999' },
    { locale: 'a b' },
    { address: { planet: 'Earth' } },
    { address: 'Main Street' },
    { updated_at: 'now' },
    { given_name: 'x'.repeat(201) },
  ]
  for (const claims of GOOD) {
    void test(`are taken: ${JSON.stringify(claims)}`, () => {
      assert.ok(userClaims.safeParse(claims).success)
    })
  }
  for (const claims of BAD) {
    void test(`are not: ${JSON.stringify(claims).slice(0, 60)}`, () => {
      assert.ok(!userClaims.safeParse(claims).success)
    })
  }
})
