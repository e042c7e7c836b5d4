import assert from 'node:assert/strict'
import { assertError } from '../runner/outcome.ts'
import { newKey, publicOf } from '../runner/proofs.ts'
import { register } from '../runner/asserting.ts'
import type { Module } from '../runner/module.ts'

/** OpenID Connect Registration §2: private keys are nobody's metadata. */
export const module: Module = {
  plans: ['oidc-dynamic'],
  shows: 'a client registers a public key, and never a private one',
  async run(scene) {
    const key = await newKey()
    const method = 'private_key_jwt'
    const keys = (jwk: object) => ({ token_endpoint_auth_method: method, jwks: { keys: [jwk] } })
    assert.equal((await register(scene, keys(publicOf(key)))).status, 201)
    const wire = await register(scene, keys({ ...key }))
    assert.equal(wire.status, 400)
    assertError(wire.body['error'], ['invalid_client_metadata'])
  },
}
