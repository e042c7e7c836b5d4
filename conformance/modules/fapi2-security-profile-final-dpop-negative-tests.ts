import assert from 'node:assert/strict'
import { authorize, redeem } from '../runner/flow.ts'
import { needs, assertError } from '../runner/outcome.ts'
import { newKey, publicOf } from '../runner/proofs.ts'
import type { Module } from '../runner/module.ts'

const HOUR = 3600

/** RFC 9449 §4.3: every check of a proof. SR-038. */
export const module: Module = {
  plans: ['fapi2'],
  shows:
    'the token endpoint refuses a proof with any single thing wrong, and takes the good one after',
  async run(scene) {
    const { client, server, target } = scene
    needs(client.description.dpop === true, 'the client does not use DPoP')
    const authorized = await authorize(scene)
    const bad = [
      { header: { typ: 'jwt' } },
      { header: { typ: undefined } },
      { header: { alg: 'none' } },
      { header: { jwk: publicOf(await newKey()) } },
      { header: { jwk: client.key } },
      { header: { jwk: undefined } },
      { claims: { htm: 'GET' } },
      { claims: { htm: undefined } },
      { claims: { htu: `${server.token_endpoint}/other` } },
      { claims: { htu: undefined } },
      { claims: { iat: undefined } },
      { claims: { iat: target.now() - HOUR } },
      { claims: { iat: target.now() + HOUR } },
      { claims: { jti: undefined } },
      { broken: true },
    ]
    for (const proof of bad) {
      // oxlint-disable-next-line no-await-in-loop -- of one code, one after the other
      const wire = await client.redeem(authorized.code, authorized.asked, { proof })
      assert.equal(wire.status, 400, JSON.stringify(proof))
      assertError(wire.body['error'], ['invalid_dpop_proof', 'invalid_request', 'use_dpop_nonce'])
    }
    await redeem(authorized, client)
  },
}
