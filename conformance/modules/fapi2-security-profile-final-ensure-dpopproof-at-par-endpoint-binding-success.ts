import { authorize, redeem } from '../runner/flow.ts'
import { needs } from '../runner/outcome.ts'
import type { Module } from '../runner/module.ts'

/** RFC 9449 §10.1. SR-038. */
export const module: Module = {
  plans: ['fapi2'],
  shows: 'a code that is bound to a key by a proof at the PAR endpoint is redeemed with that key',
  async run(scene) {
    needs(scene.client.description.dpop === true, 'the client does not use DPoP')
    await redeem(await authorize(scene, {}, { tweak: { proof: {} } }), scene.client)
  },
}
