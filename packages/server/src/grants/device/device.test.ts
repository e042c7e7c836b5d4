import assert from 'node:assert/strict'
import { generateKeyPairSync } from 'node:crypto'
import { after, before, describe, test } from 'node:test'
import { Secret } from 'countersign'
import { dpopProof, importSigningKey, type SigningKey } from 'countersign/dpop/sign'
import {
  addTenant,
  openAuthority,
  type TestAuthority,
  type TestClient,
} from '../../testing/authority.ts'
import {
  addDeviceClient,
  ask,
  askForCodes,
  decide,
  poll,
  typeCode,
  type DeviceAnswer,
} from '../../testing/devices.ts'
import { addUser, browserOf, type TestPerson } from '../../testing/people.ts'
import {
  DEVICE_REQUEST_ATTACKS,
  NO_USER_CODES,
  POLL_ATTACKS,
  type DeviceAttack,
} from './attacks.ts'

let at: TestAuthority
let client: TestClient
let alice: TestPerson

before(async () => {
  at = await openAuthority({ unsafe: { noReplayFence: true } })
  client = await addDeviceClient(at)
  alice = await addUser(at, 'alice')
})
after(() => at.close())

/** A person of its own: each has a number of attempts. */
let people = 0
const somebody = (): Promise<TestPerson> => addUser(at, `person-${(people += 1)}`)

async function allowed(codes?: DeviceAnswer): Promise<DeviceAnswer> {
  const given = codes ?? (await askForCodes(at, client))
  const page = await decide(browserOf(at), await somebody(), {
    code: given.user_code,
    decision: 'allow',
  })
  assert.match(page.title, /Device connected/)
  return given
}

const proofKey = async (): Promise<SigningKey> => {
  const jwk = { ...generateKeyPairSync('ed25519').privateKey.export({ format: 'jwk' }) }
  return importSigningKey({ jwk })
}

const proofOf = async (key: SigningKey, url: string): Promise<string> =>
  dpopProof({ key, method: 'POST', url, now: at.clock.now() })

const changed = (form: Readonly<Record<string, string>>, { change }: DeviceAttack) =>
  Object.fromEntries(
    Object.entries({ ...form, ...change }).flatMap(([name, value]) =>
      value === null ? [] : [[name, value]],
    ),
  )

const pollsAs = async (code: string): Promise<unknown> =>
  (await poll(at, client, { code })).body['error']

void describe('the request of a device', () => {
  void test('has two codes, and an address to type one at (RFC 8628 §3.2)', async () => {
    const codes = await askForCodes(at, client)
    assert.match(codes.device_code, /^cs_dc_/)
    assert.match(codes.user_code, /^[BCDFGHJKLMNPQRSTVWXZ]{4}-[BCDFGHJKLMNPQRSTVWXZ]{4}$/)
    assert.equal(codes.verification_uri, 'https://auth.example.com/device')
    const complete = `https://auth.example.com/device?user_code=${codes.user_code}`
    assert.equal(codes.verification_uri_complete, complete)
    assert.deepEqual([codes.expires_in, codes.interval], [600, 5])
  })

  void test('neither code is stored', async () => {
    const { device_code: device, user_code: user } = await askForCodes(at, client)
    const record = await at.store.artefacts.find(device.split('_')[2]?.slice(0, 12) ?? '')
    const stored = JSON.stringify(record)
    assert.ok(record?.lookup !== null)
    for (const secret of [device, user, user.replace('-', '')]) assert.ok(!stored.includes(secret))
  })

  for (const attack of DEVICE_REQUEST_ATTACKS) {
    void test(`refused: ${attack.title}`, async () => {
      const form = changed({ scope: 'orders:read' }, attack)
      const { status, body } = await ask(at, client, {
        path: '/oauth/device_authorization',
        form,
      })
      assert.deepEqual([status, body['error']], [400, attack.error])
    })
  }

  void test('refused: a client that is not registered for the flow', async () => {
    const other = await addDeviceClient(at, { grantTypes: ['client_credentials'] })
    const path = '/oauth/device_authorization'
    const { body } = await ask(at, other, { path, form: {} })
    assert.equal(body['error'], 'unauthorized_client')
  })
})

void describe('the page', () => {
  void test('shows who asks, for what, from where, and warns, before anything is decided (§5.4)', async () => {
    const codes = await askForCodes(at, client)
    const page = await typeCode(browserOf(at), alice, codes.user_code)
    for (const shown of [codes.user_code, 'app', client.id, '192.0.2.7', 'cancel']) {
      assert.ok(page.text.includes(shown), shown)
    }
    assert.equal(await pollsAs(codes.device_code), 'authorization_pending')
  })

  void test('a code in the URL is filled in after the sign-in, and never sent by itself (§3.3.1)', async () => {
    const codes = await askForCodes(at, client)
    const browser = browserOf(at)
    const first = await browser.open(codes.verification_uri_complete)
    const { username, password } = alice
    const entry = await browser.submit(first, { fields: { username, password } })
    assert.equal(entry.forms[0]?.fields['user_code'], codes.user_code)
    assert.equal(await pollsAs(codes.device_code), 'authorization_pending')
  })

  void test('reads a code in any case, with any dashes and spaces', async () => {
    const { user_code: code } = await askForCodes(at, client)
    const typed = ` ${code.toLowerCase().replace('-', ' – ')} `
    const page = await typeCode(browserOf(at), await somebody(), typed)
    assert.match(page.title, /Is this your device/)
  })

  for (const [index, typed] of NO_USER_CODES.entries()) {
    void test(`what is no code is not looked up and costs no attempt: ${index}`, async () => {
      const page = await typeCode(browserOf(at), alice, typed)
      assert.equal(page.status, 400)
    })
  }

  void test('takes no password where others sign people in: it sends the browser there', async () => {
    const provider = {
      id: 'corporate',
      name: 'Corporate',
      issuer: 'https://op.example.com',
      clientId: 'countersign',
      clientSecret: new Secret('x'.repeat(32)),
    }
    const signIn = { providers: [provider], password: false }
    const other = await openAuthority({ signIn })
    const page = await browserOf(other).open('/device')
    assert.match(page.title, /Sign in/)
    assert.ok(page.links.some((link) => link.includes('provider=corporate')))
    assert.ok(page.forms.every(({ fields }) => !('password' in fields)))
    await other.close()
  })

  void test('guesses are limited per person, right ones too, and say how long to wait (§5.1)', async () => {
    const person = await somebody()
    const { user_code: code } = await askForCodes(at, client)
    const browser = browserOf(at)
    await typeCode(browser, person, 'BBBB-BBBB')
    const pages = await Promise.all(
      Array.from({ length: 9 }, () => typeCode(browser, person, 'BBBB-BBBC')),
    )
    assert.deepEqual(new Set(pages.map(({ status }) => status)), new Set([400]))
    const page = await typeCode(browser, person, code)
    assert.equal(page.status, 429)
    assert.ok(Number(page.headers.get('retry-after')) > 0)
    at.clock.pass(601)
    const fresh = await askForCodes(at, client)
    assert.equal((await typeCode(browser, person, fresh.user_code)).status, 200)
  })

  void test('unknown, expired and decided codes look the same', async () => {
    const person = await somebody()
    const late = await askForCodes(at, client)
    at.clock.pass(600)
    const used = await allowed()
    const pages = []
    for (const code of ['BBBB-BBBB', late.user_code, used.user_code]) {
      // oxlint-disable-next-line no-await-in-loop -- one browser
      const { status, text } = await typeCode(browserOf(at), person, code)
      pages.push(`${status} ${text}`)
    }
    assert.equal(new Set(pages).size, 1)
  })

  void test('refused: a decision without its token, of another session, or of another request (SR-054)', async () => {
    const [one, two] = [await askForCodes(at, client), await askForCodes(at, client)]
    const [browser, stranger] = [browserOf(at), browserOf(at)]
    const page = await typeCode(browser, alice, one.user_code)
    const foreign = await typeCode(stranger, await somebody(), one.user_code)
    const other = await typeCode(browser, alice, two.user_code)
    const request = { request: page.forms[0]?.fields['request'] ?? '' }
    const button = 'decision=allow'
    const tries = [
      browser.submit(page, { button, fields: { csrf: 'x' } }),
      browser.submit(page, { button, fields: { csrf: foreign.forms[0]?.fields['csrf'] ?? '' } }),
      browser.submit(other, { button, fields: request }),
    ]
    for (const { status } of await Promise.all(tries)) assert.equal(status, 403)
    assert.equal(await pollsAs(one.device_code), 'authorization_pending')
  })

  void test('refused: a form from another site, and a code without the token of its form', async () => {
    const { user_code: code } = await askForCodes(at, client)
    const browser = browserOf(at)
    const page = await typeCode(browser, alice, 'nothing')
    const body = new URLSearchParams({ ...page.forms[0]?.fields, user_code: code }).toString()
    const type = { 'content-type': 'application/x-www-form-urlencoded' }
    const headers = { ...type, 'sec-fetch-site': 'cross-site' }
    assert.equal((await browser.send('/device', { method: 'POST', body, headers })).status, 403)
    const fields = { csrf: 'x', user_code: code }
    assert.equal((await browser.submit(page, { fields })).status, 403)
  })
})

void describe('device_code', () => {
  void test('allowed: tokens of the person, a grant with its authentication, and a consent', async () => {
    const { device_code: code } = await allowed()
    const { status, body } = await poll(at, client, { code })
    assert.deepEqual([status, body['scope']], [200, 'orders:read'])
    assert.match(String(body['refresh_token']), /^cs_rt_/)
    const record = await at.store.artefacts.find(code.split('_')[2]?.slice(0, 12) ?? '')
    const grant = await at.store.tokens.findGrant('default', record?.grantId ?? '')
    assert.deepEqual(grant?.facts.authentication?.amr, ['pwd'])
    assert.equal(grant?.sessionId, null)
    const consent = await at.store.consents.find('default', grant?.principalId ?? '', client.id)
    assert.deepEqual(consent?.scopes, ['orders:read'])
  })

  void test('pending, then too soon, then slower for good (§3.5)', async () => {
    const { device_code: code } = await askForCodes(at, client)
    const answers = []
    for (const seconds of [0, 5, 4, 9, 15, 14]) {
      at.clock.pass(seconds)
      // oxlint-disable-next-line no-await-in-loop -- one after the other is the point
      answers.push(await pollsAs(code))
    }
    const [pending, soon] = ['authorization_pending', 'slow_down']
    assert.deepEqual(answers, [pending, pending, soon, soon, pending, soon])
  })

  void test('denied: access_denied, however often; nothing was granted', async () => {
    const { device_code: code, user_code } = await askForCodes(at, client)
    await decide(browserOf(at), alice, { code: user_code, decision: 'deny' })
    assert.equal(await pollsAs(code), 'access_denied')
    assert.equal(await pollsAs(code), 'access_denied')
  })

  void test('expired: expired_token, allowed or not', async () => {
    const [waiting, given] = [await askForCodes(at, client), await allowed()]
    at.clock.pass(600)
    assert.equal(await pollsAs(waiting.device_code), 'expired_token')
    assert.equal(await pollsAs(given.device_code), 'expired_token')
  })

  for (const attack of POLL_ATTACKS) {
    void test(`refused: ${attack.title}; the code is as good as before`, async () => {
      const { device_code: code } = await allowed()
      const form = changed({ device_code: code }, attack)
      const grant = 'urn:ietf:params:oauth:grant-type:device_code'
      const { status, body } = await ask(at, client, {
        path: '/oauth/token',
        form: { grant_type: grant, ...form },
      })
      assert.deepEqual([status, body['error']], [400, attack.error])
      assert.equal((await poll(at, client, { code })).status, 200)
    })
  }

  void test('refused: another client, another tenant, an authorization code in its place', async () => {
    await addTenant(at, 'acme')
    const other = await addDeviceClient(at)
    const { device_code: code } = await allowed()
    assert.equal((await poll(at, other, { code })).body['error'], 'invalid_grant')
    assert.equal((await poll(at, client, { code: code.replace('_dc_', '_ac_') })).status, 400)
    const form = { grant_type: 'urn:ietf:params:oauth:grant-type:device_code', device_code: code }
    assert.equal((await ask(at, client, { path: '/t/acme/oauth/token', form })).status, 401)
    assert.equal((await poll(at, client, { code })).status, 200)
  })

  void test('a proof at the first request binds the code to its key (RFC 9449)', async () => {
    const [own, foreign] = [await proofKey(), await proofKey()]
    const device = 'https://auth.example.com/oauth/device_authorization'
    const headers = { dpop: await proofOf(own, device) }
    const codes = await allowed(await askForCodes(at, client, { headers }))
    const token = 'https://auth.example.com/oauth/token'
    const code = codes.device_code
    assert.equal(await pollsAs(code), 'invalid_grant')
    const other = { dpop: await proofOf(foreign, token) }
    assert.equal((await poll(at, client, { code, headers: other })).body['error'], 'invalid_grant')
    const { body } = await poll(at, client, { code, headers: { dpop: await proofOf(own, token) } })
    assert.equal(body['token_type'], 'DPoP')
  })

  void test('a repetition within the window is the same answer; later it ends the grant (SR-015)', async () => {
    const { device_code: code } = await allowed()
    const first = await poll(at, client, { code })
    assert.deepEqual(await poll(at, client, { code }), first)
    at.clock.pass(10)
    assert.equal(await pollsAs(code), 'invalid_grant')
    const form = { grant_type: 'refresh_token', refresh_token: String(first.body['refresh_token']) }
    const refreshed = await ask(at, client, { path: '/oauth/token', form })
    assert.equal(refreshed.body['error'], 'invalid_grant')
  })

  void test('50 polls of one allowed code: one grant, one refresh token', async () => {
    const { device_code: code } = await allowed()
    const all = await Promise.all(Array.from({ length: 50 }, () => poll(at, client, { code })))
    assert.deepEqual(new Set(all.map(({ status }) => status)), new Set([200]))
    assert.equal(new Set(all.map(({ body }) => body['refresh_token'])).size, 1)
  })

  void test('allow and deny at once, in two tabs: one of them is true', async () => {
    const { device_code: code, user_code } = await askForCodes(at, client)
    const browser = browserOf(at)
    const person = await somebody()
    const pages = [
      await typeCode(browser, person, user_code),
      await typeCode(browser, person, user_code),
    ]
    const buttons = ['decision=allow', 'decision=deny']
    const ends = await Promise.all(
      pages.map((page, index) => browser.submit(page, { button: buttons[index] ?? '' })),
    )
    assert.equal(ends.filter(({ status }) => status === 200).length, 1)
    const isAllowed = /connected/.test(ends[0]?.title ?? '')
    const { status } = await poll(at, client, { code })
    assert.equal(status, isAllowed ? 200 : 400)
  })
})
