import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { err, ok } from 'countersign'
import {
  addClient,
  basicAuth,
  openAuthority,
  postForm,
  type TestAuthority,
  type TestClient,
} from '../testing/authority.ts'
import { pkce } from '../testing/grants.ts'
import { ATTACKED_REDIRECT } from './attacks.ts'
import { judgeDetails } from './detail-types.ts'

let at: TestAuthority
let client: TestClient

before(async () => {
  at = await openAuthority({
    authorizationDetails: {
      types: {
        payment: (detail) =>
          detail['amount'] === 1
            ? ok({ ...detail, currency: 'EUR' })
            : err('The amount must be 1.'),
      },
    },
  })
  client = await addClient(at, {
    grantTypes: ['authorization_code'],
    redirectUris: [ATTACKED_REDIRECT],
    authorizationDetailsTypes: ['payment', 'account'],
  })
})
after(() => at.close())

async function push(details: unknown) {
  const form = {
    response_type: 'code',
    client_id: client.id,
    redirect_uri: ATTACKED_REDIRECT,
    code_challenge: pkce().challenge,
    code_challenge_method: 'S256',
    authorization_details: JSON.stringify(details),
  }
  const response = await postForm(at, '/oauth/par', form, { authorization: basicAuth(client) })
  // The endpoint answers JSON objects.
  return (await response.json()) as Readonly<Record<string, unknown>>
}

void describe('authorization_details (RFC 9396)', () => {
  void test('are judged by the rule of their type', async () => {
    const good = await push([{ type: 'payment', amount: 1 }, { type: 'account' }])
    assert.ok(good['request_uri'] !== undefined)
    const bad = await push([{ type: 'account' }, { type: 'payment', amount: 2 }])
    assert.deepEqual(
      [bad['error'], bad['error_description']],
      ['invalid_authorization_details', 'The amount must be 1.'],
    )
  })

  void test('are granted as the rule answers them, and keep their type', () => {
    const filled = judgeDetails([{ type: 'a' }], { a: (detail) => ok({ ...detail, x: 1 }) })
    assert.deepEqual(filled, ok([{ type: 'a', x: 1 }]))
    assert.equal(judgeDetails([{ type: 'a' }], { a: () => ok({ type: 'b' }) }).ok, false)
    assert.deepEqual(judgeDetails([{ type: 'toString' }], {}), ok([{ type: 'toString' }]))
  })
})
