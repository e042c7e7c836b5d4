import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { importSigningKey } from 'countersign/jwt/sign'
import { profileOf } from '../profiles/profile.ts'
import { testKey } from '../testing/key-client.ts'
import { clientKeySets, type ClientKeySets } from './client-keys.ts'

const setsOf = (profile: 'oauth21' | 'fapi2' = 'oauth21'): ClientKeySets =>
  clientKeySets({
    clock: Date.now,
    profile: profileOf(profile),
    outbound: { allowPrivateHosts: [], allowHttp: false },
  })

const registered = (...keys: readonly Readonly<Record<string, unknown>>[]) => ({
  jwks: { keys },
  jwksUri: null,
})

void describe('the keys of clients', () => {
  test('are kept for as long as the registration says the same, and no longer', () => {
    const sets = setsOf()
    const key = testKey().jwk
    const first = sets(registered(key))
    assert.equal(sets(registered({ ...key })), first)
    assert.notEqual(sets(registered({ ...key, kid: 'other' })), first)
    assert.equal(sets({ jwks: null, jwksUri: null }), undefined)
  })

  test('are bounded: whoever was not asked for the longest leaves first', () => {
    const sets = setsOf()
    const at = (count: number) => sets({ jwks: null, jwksUri: `https://a.example/${count}` })
    const [first, second] = [at(0), at(1)]
    for (let count = 2; count < 1000; count += 1) at(count)
    assert.equal(at(0), first)
    at(1000)
    assert.equal(at(0), first)
    assert.notEqual(at(1), second)
  })

  test('leave out what is private, secret or unusable, and tell what was registered', async () => {
    const { privateKey, jwk } = testKey()
    const leaked = { ...jwk, kid: 'leaked', ...privateKey.export({ format: 'jwk' }) }
    const keys = [jwk, leaked, { kty: 'oct', k: 'A'.repeat(43) }, { kty: 'EC' }]
    const set = setsOf()(registered(...keys))
    assert.deepEqual(await set?.jwks(), keys)
    const key = await set?.find(await algorithmOf(jwk), 'key-1')
    assert.equal(key?.kid, 'key-1')
    assert.equal(await set?.find(await algorithmOf(jwk), 'leaked'), undefined)
  })
})

/** The algorithm of a key, as the library has it. */
async function algorithmOf(jwk: Readonly<Record<string, unknown>>) {
  const { privateKey } = testKey()
  const own = { ...privateKey.export({ format: 'jwk' }), alg: jwk['alg'] }
  return (await importSigningKey({ jwk: own })).algorithm
}
