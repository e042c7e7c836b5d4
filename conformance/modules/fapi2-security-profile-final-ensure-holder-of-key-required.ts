import assert from 'node:assert/strict'
import { authorize, redeem, assertRefused, useToken } from '../runner/flow.ts'
import { needs } from '../runner/outcome.ts'
import { newKey } from '../runner/proofs.ts'
import type { Module } from '../runner/module.ts'

/** FAPI 2.0 Security Profile §5.3.2.1-4: no bearer tokens, and no use without the key. SR-021, SR-038. */
export const module: Module = {
  plans: ['fapi2'],
  shows: 'no token is issued without a proof, and none works without one, or with another key',
  async run(scene) {
    const { client } = scene
    needs(client.description.dpop === true, 'the client does not use DPoP')
    const first = await authorize(scene)
    const bare = await client.redeem(first.code, first.asked, { proof: 'absent' })
    assertRefused(bare, ['invalid_request', 'invalid_dpop_proof', 'invalid_grant'])
    const { access_token: token } = await redeem(await authorize(scene), client)
    const wrong = [
      { scheme: 'Bearer', proof: 'absent' },
      { proof: 'absent' },
      { proof: { key: await newKey() } },
    ] as const
    for (const way of wrong) {
      // oxlint-disable-next-line no-await-in-loop -- three requests
      const { status } = await useToken(scene, token, way)
      assert.ok(status === 400 || status === 401, `status ${status}`)
    }
  },
}
