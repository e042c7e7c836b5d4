import assert from 'node:assert/strict'
import { test } from 'node:test'
import { openAuthority } from '../testing/authority.ts'
import {
  addUser,
  addWebClient,
  answerOf,
  authorizeUrl,
  browserOf,
  signIn,
} from '../testing/people.ts'

/** Asks for a payment. */
const detail = (amount: number) => ({
  authorization_details: JSON.stringify([{ type: 'payment', amount }]),
})

test('details are asked for each time, whatever was agreed to before (RFC 9396 §12)', async (t) => {
  const at = await openAuthority()
  t.after(() => at.close())
  const client = await addWebClient(at, { authorizationDetailsTypes: ['payment'] })
  const browser = browserOf(at)
  const asking = authorizeUrl({ client, parameters: detail(1) })
  const page = await signIn(browser, await browser.open(asking), await addUser(at, 'alice'))
  assert.equal('code' in answerOf(await browser.submit(page, { button: 'decision=allow' })), true)
  const silent = { prompt: 'none', ...detail(9999) }
  const shown = await browser.open(authorizeUrl({ client, parameters: silent }))
  assert.equal(answerOf(shown)['error'], 'consent_required')
  const plain = await browser.open(authorizeUrl({ client, parameters: { prompt: 'none' } }))
  assert.equal('code' in answerOf(plain), true)
})
