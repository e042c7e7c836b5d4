import { authorize, redeem } from '../runner/flow.ts'
import { needs } from '../runner/outcome.ts'
import { publicOf } from '../runner/proofs.ts'
import type { Module } from '../runner/module.ts'

import { calculateJwkThumbprint } from 'jose'

/** RFC 9449 §10. SR-038. */
export const module: Module = {
  plans: ['fapi2'],
  shows: 'a code that is bound to a key by dpop_jkt is redeemed with that key',
  async run(scene) {
    needs(scene.client.description.dpop === true, 'the client does not use DPoP')
    const jkt = await calculateJwkThumbprint(publicOf(scene.client.key))
    await redeem(await authorize(scene, { dpop_jkt: jkt }), scene.client)
  },
}
