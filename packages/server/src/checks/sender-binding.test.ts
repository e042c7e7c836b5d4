/** Tokens that have to be bound: by the registration of a client, by the profile; and nonces. */
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import type { AuthorityOptions } from '../authority-options.ts'
import { addClient, basicAuth, openAuthority, postForm } from '../testing/authority.ts'
import { addPerson, giveCode } from '../testing/grants.ts'
import { addKeyClient, assertionForm, testDpop } from '../testing/key-client.ts'

const ISSUER = 'https://auth.example.com'
const TOKEN = `${ISSUER}/oauth/token`
const FORM = { grant_type: 'client_credentials' }

const open = (options: Partial<AuthorityOptions> = {}) =>
  openAuthority({ unsafe: { noReplayFence: true }, ...options })

interface Told {
  readonly status: number
  readonly error: unknown
  readonly type: unknown
  readonly nonce: string | null
}

async function told(response: Promise<Response>): Promise<Told> {
  const answer = await response
  // A test fails on what is missing from it.
  const body = (await answer.json()) as Readonly<Record<string, unknown>>
  const nonce = answer.headers.get('dpop-nonce')
  return { status: answer.status, error: body['error'], type: body['token_type'], nonce }
}

void describe('a client that is registered for DPoP-bound tokens (RFC 9449 §5.2)', () => {
  void test('gets none without a proof, by whatever grant, and its code survives', async (t) => {
    const at = await open()
    t.after(() => at.close())
    const dpop = await testDpop()
    const grantTypes = ['client_credentials', 'authorization_code', 'refresh_token']
    const client = await addClient(at, { dpopBoundAccessTokens: true, grantTypes })
    const person = await addPerson(at)
    const { code, verifier } = await giveCode(at, client, { person })
    const redeem = { grant_type: 'authorization_code', code, code_verifier: verifier }
    const authorization = basicAuth(client)
    const proof = () => dpop(TOKEN, at.clock.now())
    for (const form of [FORM, redeem]) {
      // oxlint-disable-next-line no-await-in-loop -- one grant after the other
      const bare = await told(postForm(at, '/oauth/token', form, { authorization }))
      assert.deepEqual([bare.status, bare.error, bare.type], [400, 'invalid_request', undefined])
      // oxlint-disable-next-line no-await-in-loop -- one grant after the other
      const headers = { authorization, dpop: await proof() }
      // oxlint-disable-next-line no-await-in-loop -- one grant after the other
      const bound = await told(postForm(at, '/oauth/token', form, headers))
      assert.deepEqual([bound.status, bound.type], [200, 'DPoP'])
    }
  })

  void test('gets none for a certificate in place of the proof', async (t) => {
    const at = await open()
    t.after(() => at.close())
    const both = { dpopBoundAccessTokens: true, certificateBoundAccessTokens: true }
    const client = await addClient(at, both)
    const dpop = await testDpop()
    const headers = {
      authorization: basicAuth(client),
      dpop: await dpop(TOKEN, at.clock.now()),
    }
    const { status, error } = await told(postForm(at, '/oauth/token', FORM, headers))
    assert.deepEqual([status, error], [400, 'invalid_request'])
  })
})

void test('under fapi2 nobody gets a bearer token (SR-021)', async (t) => {
  const at = await open({ profile: 'fapi2' })
  t.after(() => at.close())
  const client = await addKeyClient(at)
  const dpop = await testDpop()
  const form = () => ({
    ...FORM,
    ...assertionForm(client, { audience: ISSUER, now: at.clock.now() }),
  })
  const bare = await told(postForm(at, '/oauth/token', form()))
  assert.deepEqual([bare.status, bare.error], [400, 'invalid_request'])
  const proof = { dpop: await dpop(TOKEN, at.clock.now()) }
  assert.equal((await told(postForm(at, '/oauth/token', form(), proof))).type, 'DPoP')
})

void describe('where nonces are asked for (RFC 9449 §8)', () => {
  void test('a proof needs one of ours, and the next one comes with every answer', async (t) => {
    const at = await open({ dpop: { requireNonce: true } })
    t.after(() => at.close())
    const client = await addClient(at)
    const dpop = await testDpop()
    const ask = async (nonce?: string): Promise<Told> => {
      const proof = await dpop(TOKEN, at.clock.now(), nonce)
      const headers = { authorization: basicAuth(client), dpop: proof }
      return told(postForm(at, '/oauth/token', FORM, headers))
    }
    const first = await ask()
    assert.deepEqual([first.status, first.error], [400, 'use_dpop_nonce'])
    assert.equal((await ask('one-of-theirs')).error, 'use_dpop_nonce')
    const nonce = first.nonce ?? ''
    assert.equal((await ask(nonce)).status, 200)
    at.clock.pass(300)
    const ageing = await ask(nonce)
    assert.equal(ageing.status, 200)
    assert.notEqual(ageing.nonce, nonce)
    at.clock.pass(300)
    assert.equal((await ask(nonce)).error, 'use_dpop_nonce')
    assert.equal((await ask(ageing.nonce ?? '')).status, 200)
  })

  void test('a nonce is no key: a proof for another URL stays refused', async (t) => {
    const at = await open({ dpop: { requireNonce: true } })
    t.after(() => at.close())
    const dpop = await testDpop()
    const headers = async (nonce?: string) => ({
      authorization: basicAuth(await addClient(at)),
      dpop: await dpop(`${ISSUER}/oauth/par`, at.clock.now(), nonce),
    })
    const { error } = await told(postForm(at, '/oauth/token', FORM, await headers()))
    assert.equal(error, 'invalid_dpop_proof')
  })

  void test('another authority with the same secrets knows its nonces; with others it does not', async (t) => {
    const ours = await open({ dpop: { requireNonce: true } })
    const theirs = await open({ dpop: { requireNonce: true } })
    t.after(() => Promise.all([ours.close(), theirs.close()]))
    const nonces = await Promise.all(
      [ours, ours, theirs].map(async (at) => {
        const headers = {
          authorization: basicAuth(await addClient(at)),
          dpop: await (await testDpop())(TOKEN, at.clock.now()),
        }
        return (await told(postForm(at, '/oauth/token', FORM, headers))).nonce
      }),
    )
    assert.equal(nonces[0], nonces[1])
    assert.notEqual(nonces[0], nonces[2])
  })
})
