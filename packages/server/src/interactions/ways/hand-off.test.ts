import assert from 'node:assert/strict'
import { generateKeyPairSync, randomUUID, sign, type KeyObject } from 'node:crypto'
import { after, before, describe, test } from 'node:test'
import {
  openAuthority,
  postForm,
  type TestAuthority,
  type TestClient,
} from '../../testing/authority.ts'
import type { Shown, TestBrowser } from '../../testing/browser.ts'
import { addWebClient, answerOf, authorizeUrl, browserOf } from '../../testing/people.ts'
import { HAND_OFF_ATTACKS, type HandOffAttack } from './attacks.ts'

const HOST = 'https://shop.example.com'
const host = generateKeyPairSync('ec', { namedCurve: 'P-256' })
const stranger = generateKeyPairSync('ec', { namedCurve: 'P-256' })

let at: TestAuthority
let client: TestClient

before(async () => {
  const jwk = { ...host.publicKey.export({ format: 'jwk' }), alg: 'ES256' }
  at = await openAuthority({
    unsafe: { noReplayFence: true },
    signIn: {
      handOff: {
        url: `${HOST}/sign-in`,
        issuer: HOST,
        keys: { keys: [jwk] },
        people: {
          create: { scopes: ['orders:*'] },
          mapUser: ({ banned }) => (banned === true ? undefined : {}),
        },
      },
    },
  })
  client = await addWebClient(at)
})
after(() => at.close())

const part = (value: unknown): string => Buffer.from(JSON.stringify(value)).toString('base64url')

function signed(header: object, claims: object, key: KeyObject): string {
  const input = `${part(header)}.${part(claims)}`
  const signature = sign('sha256', Buffer.from(input), { key, dsaEncoding: 'ieee-p1363' })
  return `${input}.${signature.toString('base64url')}`
}

/** What the host would sign for an interaction. */
function handOff(interaction: string, change: Partial<HandOffAttack> = {}): string {
  const iat = at.clock.now() + (change.moved ?? 0)
  const usual = {
    iss: HOST,
    aud: 'https://auth.example.com',
    sub: 'user-7',
    name: 'Ada',
    jti: randomUUID(),
    iat,
    exp: iat + 60,
    interaction,
    amr: ['pwd', 'otp'],
  }
  const header = { alg: 'ES256', typ: 'handoff+jwt', ...change.header }
  const key = change.key === 'stranger' ? stranger : host
  return signed(header, { ...usual, ...change.claims }, key.privateKey)
}

const interactionOf = ({ url }: Pick<Shown, 'url'>): string =>
  url.searchParams.get('interaction') ?? ''

/** The host's page posts, and the browser goes where it is sent. */
async function post(browser: TestBrowser, token: string): Promise<Shown | undefined> {
  const answer = await postForm(at, '/oauth/hand-off', { token })
  const location = answer.headers.get('location')
  if (location === null) {
    assert.equal(answer.status, 403)
    return undefined
  }
  return browser.open(location)
}

const people = async (): Promise<number> => {
  const page = { tenant: 'default', kind: 'user', limit: 100 } as const
  return (await at.store.principals.list(page)).items.length
}

void describe('a hand-off', () => {
  void test('signs in who the host vouches for, and makes the user once', async () => {
    for (const expected of ['consent', 'code']) {
      const browser = browserOf(at)
      // oxlint-disable-next-line no-await-in-loop -- one after the other
      const away = await browser.open(authorizeUrl({ client }))
      assert.equal(away.url.origin, HOST)
      // oxlint-disable-next-line no-await-in-loop -- one after the other
      const back = await post(browser, handOff(interactionOf(away)))
      assert.ok(back)
      if (expected === 'code') assert.equal('code' in answerOf(back), true)
      else {
        assert.match(back.text, /Ada/)
        // oxlint-disable-next-line no-await-in-loop -- one after the other
        await browser.submit(back, { button: 'decision=allow' })
      }
    }
    assert.equal(await people(), 1)
    const [grant] = await at.store.tokens.listGrants({ tenant: 'default', clientId: client.id })
    assert.deepEqual(grant?.facts.authentication?.amr, ['pwd', 'otp'])
  })

  void test('leads to the account page where no client asked', async () => {
    const browser = browserOf(at)
    const back = await post(browser, handOff(interactionOf(await browser.open('/account'))))
    assert.equal(back?.url.pathname, '/account')
  })

  void test('is of use in the browser alone that began (login CSRF)', async () => {
    const away = await browserOf(at).open(authorizeUrl({ client }))
    const victim = browserOf(at)
    const shown = await post(victim, handOff(interactionOf(away)))
    assert.deepEqual([shown?.status, victim.jar.cookies.has('__Host-cs_session')], [403, false])
  })

  void test('brings nobody to whoever sent the link of its own interaction (account takeover)', async () => {
    const attacker = browserOf(at)
    const away = await attacker.open(authorizeUrl({ client }))
    await post(browserOf(at), handOff(interactionOf(away)))
    const id = interactionOf(away)
    for (const rest of ['', '&arrival=', '&arrival=x']) {
      // oxlint-disable-next-line no-await-in-loop -- one after the other
      const shown = await attacker.open(`/oauth/interaction?id=${id}${rest}`)
      assert.deepEqual(
        [shown.url.origin, attacker.jar.cookies.has('__Host-cs_session')],
        [HOST, false],
      )
    }
  })

  void test('is used once', async () => {
    const away = await browserOf(at).open(authorizeUrl({ client }))
    const token = handOff(interactionOf(away))
    assert.equal((await postForm(at, '/oauth/hand-off', { token })).status, 303)
    assert.equal((await postForm(at, '/oauth/hand-off', { token })).status, 403)
  })

  void test('after the interaction is over it is late', async () => {
    const away = await browserOf(at).open(authorizeUrl({ client }))
    at.clock.pass(600)
    assert.equal(await post(browserOf(at), handOff(interactionOf(away))), undefined)
  })

  void test('where the client asks to prove it again, an old proof is not enough', async () => {
    const browser = browserOf(at)
    at.clock.pass(3600)
    const away = await browser.open(authorizeUrl({ client, parameters: { prompt: 'login' } }))
    const old = { claims: { auth_time: at.clock.now() - 600 } }
    assert.equal(await post(browser, handOff(interactionOf(away), old)), undefined)
    const back = await post(browser, handOff(interactionOf(away)))
    assert.ok(back !== undefined && 'code' in answerOf(back))
  })

  void test('of somebody whom the policy refuses makes no user', async () => {
    const had = await people()
    const away = await browserOf(at).open(authorizeUrl({ client }))
    const claims = { sub: 'user-8', banned: true }
    assert.equal(await post(browserOf(at), handOff(interactionOf(away), { claims })), undefined)
    assert.equal(await people(), had)
  })

  void test('of somebody who was revoked here is refused', async () => {
    const away = await browserOf(at).open(authorizeUrl({ client }))
    const known = handOff(interactionOf(away), { claims: { sub: 'user-9' } })
    assert.equal((await postForm(at, '/oauth/hand-off', { token: known })).status, 303)
    const user = await at.store.principals.findByUsername('default', `${HOST}#user-9`)
    await at.store.principals.revoke('default', user?.id ?? '', at.clock.now())
    const again = handOff(interactionOf(away), { claims: { sub: 'user-9' } })
    assert.equal(await post(browserOf(at), again), undefined)
  })

  void test('takes the place of the password page', async () => {
    const browser = browserOf(at)
    const away = await browser.open(authorizeUrl({ client }))
    const fields = { id: interactionOf(away), username: 'a', password: 'b', csrf: '' }
    const cookie = browser.jar.header() ?? ''
    const answer = await postForm(at, '/oauth/interaction', fields, { cookie })
    assert.equal(answer.status, 403)
  })

  for (const change of HAND_OFF_ATTACKS) {
    void test(`refused: ${change.title}`, async () => {
      const away = await browserOf(at).open(authorizeUrl({ client }))
      const shift = change.claims ?? {}
      const times = Object.fromEntries(
        Object.entries(shift).map(([name, value]) => [
          name,
          typeof value === 'number' ? value - 1_790_000_000 + at.clock.now() : value,
        ]),
      )
      const token = handOff(interactionOf(away), { ...change, claims: times })
      assert.equal(await post(browserOf(at), token), undefined)
    })
  }

  void test('an authority without a host has no such path', async () => {
    const other = await openAuthority()
    assert.equal((await postForm(other, '/oauth/hand-off', { token: 'x' })).status, 404)
    await other.close()
  })
})
