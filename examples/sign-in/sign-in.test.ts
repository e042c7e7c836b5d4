import assert from 'node:assert/strict'
import { generateKeyPairSync, randomBytes } from 'node:crypto'
import { test } from 'node:test'
import { Secret } from 'countersign'
import type { AuthorityOptions } from '@countersign/server'
import { openSqlite } from '@countersign/server/sqlite'
import { authorityOf as byHandOff, handOffPage } from './hand-off.ts'
import { authorityOf as byProvider } from './provider.ts'

const ISSUER = 'https://auth.example.com'

const secret = (): Secret => new Secret(randomBytes(32).toString('base64url'))

async function options(): Promise<AuthorityOptions> {
  return {
    issuer: ISSUER,
    store: await openSqlite({ path: ':memory:' }),
    secrets: { peppers: new Map([[1, secret()]]), keks: new Map([[1, secret()]]) },
    unsafe: { noReplayFence: true },
  }
}

/** The first cookie that was set, to be sent back. */
const cookieOf = ({ headers }: Response): string => headers.getSetCookie()[0]?.split(';')[0] ?? ''

test('a hand-off of the shop signs its customer in', async () => {
  const shop = {
    url: 'https://shop.example.com',
    ...generateKeyPairSync('ec', { namedCurve: 'P-256' }),
  }
  const authority = await byHandOff(shop, await options())
  const first = await authority.fetch(new Request(`${ISSUER}/account`))
  const cookie = cookieOf(first)
  const place = new URL(first.headers.get('location') ?? '', ISSUER)
  const away = await authority.fetch(new Request(place, { headers: { cookie } }))
  const interaction = /interaction=(\w+)/.exec(await away.text())?.[1] ?? ''
  const customer = { id: '7', name: 'Ada', signedInAt: Math.floor(Date.now() / 1000) }
  const page = handOffPage(shop, { issuer: ISSUER }, { interaction, customer })
  const token = /value="([^"]+)"/.exec(page)?.[1] ?? ''
  const posted = await authority.fetch(
    new Request(`${ISSUER}/oauth/hand-off`, {
      method: 'POST',
      body: new URLSearchParams({ token }),
    }),
  )
  assert.equal(posted.status, 303)
  const on = new URL(posted.headers.get('location') ?? '', ISSUER)
  const back = await authority.fetch(new Request(on, { headers: { cookie } }))
  const session = cookieOf(back)
  const headers = { cookie: `${cookie}; ${session}` }
  const account = await authority.fetch(new Request(`${ISSUER}/account`, { headers }))
  assert.match(await account.text(), /Ada/)
  await authority.close()
})

test('the sign-in page has the button of the provider, and no password', async () => {
  const registration = {
    issuer: 'https://login.example.org',
    clientId: 'countersign',
    clientSecret: 'secret of the example',
  }
  const authority = await byProvider(registration, await options())
  const first = await authority.fetch(new Request(`${ISSUER}/account`))
  const place = new URL(first.headers.get('location') ?? '', ISSUER)
  const page = await authority.fetch(new Request(place, { headers: { cookie: cookieOf(first) } }))
  const text = await page.text()
  assert.match(text, /Company account/)
  assert.doesNotMatch(text, /type="password"/)
  await authority.close()
})
