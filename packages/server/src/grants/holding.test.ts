/** What a code and a refresh token are worth without the key, and after something was taken back. */
import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { addClient, openAuthority, postForm, type TestAuthority } from '../testing/authority.ts'
import { addPerson, giveCode } from '../testing/grants.ts'
import { testDpop } from '../testing/key-client.ts'

const TOKEN = 'https://auth.example.com/oauth/token'

type Body = Readonly<Record<string, string | undefined>>

let at: TestAuthority
let clientId: string
let person: string

before(async () => {
  at = await openAuthority({ unsafe: { noReplayFence: true } })
  const grantTypes = ['authorization_code', 'refresh_token']
  const client = await addClient(at, { tokenEndpointAuthMethod: 'none', grantTypes })
  clientId = client.id
  person = await addPerson(at)
})
after(() => at.close())

async function ask(form: Readonly<Record<string, string>>, proof?: string): Promise<Body> {
  const all = { client_id: clientId, ...form }
  const answer = await postForm(at, '/oauth/token', all, proof === undefined ? {} : { dpop: proof })
  // Members of a token response, or of an error; the tests name the ones they need.
  return (await answer.json()) as Body
}

/** Redeems a fresh code of the public client. */
async function redeem(scopes: readonly string[], proof?: string): Promise<Body> {
  const { code, verifier } = await giveCode(at, { id: clientId }, { person, scopes })
  return ask({ grant_type: 'authorization_code', code, code_verifier: verifier }, proof)
}

void describe('a refresh token of a public client', () => {
  void test('is worth nothing without its key, and lives on (RFC 9449 §5)', async () => {
    const [own, other] = [await testDpop(), await testDpop()]
    const proof = (by: typeof own) => by(TOKEN, at.clock.now())
    const first = await redeem(['orders:read'], await proof(own))
    const form = { grant_type: 'refresh_token', refresh_token: first['refresh_token'] ?? '' }
    assert.equal((await ask(form))['error'], 'invalid_grant')
    assert.equal((await ask(form, await proof(other)))['error'], 'invalid_grant')
    const second = await ask(form, await proof(own))
    assert.equal(second['token_type'], 'DPoP')
    const successor = { ...form, refresh_token: second['refresh_token'] ?? '' }
    assert.equal((await ask(successor))['error'], 'invalid_grant')
  })
})

void describe('a code', () => {
  void test('gives no scope that was taken from the person since', async () => {
    const scopes = ['orders:read', 'orders:write']
    const { code, verifier } = await giveCode(at, { id: clientId }, { person, scopes })
    await at.store.principals.update('default', person, { scopes: ['orders:read'] })
    const form = { grant_type: 'authorization_code', code, code_verifier: verifier }
    assert.equal((await ask(form))['scope'], 'orders:read')
    await at.store.principals.update('default', person, { scopes: ['orders:*'] })
  })
})

void describe('a grant', () => {
  void test('that is over gives nothing more', async () => {
    const lived = { person, lifetimeSeconds: 30 }
    const { code, verifier } = await giveCode(at, { id: clientId }, lived)
    at.clock.pass(30)
    const form = { grant_type: 'authorization_code', code, code_verifier: verifier }
    assert.equal((await ask(form))['error'], 'invalid_grant')
  })
})
