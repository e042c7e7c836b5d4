import assert from 'node:assert/strict'
import { needs } from '../runner/outcome.ts'
import { refusesAssertion } from '../runner/asserting.ts'
import type { Module } from '../runner/module.ts'

/** FAPI 2.0 Security Profile §5.4.1: PS256, ES256 or EdDSA. SR-041. */
export const module: Module = {
  plans: ['fapi2'],
  shows: 'an assertion signed with RS256 is refused, though its key is registered',
  async run(scene) {
    const { rsa_jwk: key } = scene.client.description
    needs(key !== undefined, 'the client has no RSA key')
    const { client } = scene
    const strong = await client.push(client.ask(), { assertion: { key } })
    assert.equal(strong.status, 201, 'the same key with PS256')
    await refusesAssertion(scene, { key, header: { alg: 'RS256' } })
  },
}
