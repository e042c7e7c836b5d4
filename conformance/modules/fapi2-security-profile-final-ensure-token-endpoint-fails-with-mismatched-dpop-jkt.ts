import { authorize, assertRefused } from '../runner/flow.ts'
import { needs } from '../runner/outcome.ts'
import type { Module } from '../runner/module.ts'

/** RFC 9449 §10: a code that was asked for with `dpop_jkt` is for that key. SR-038. */
export const module: Module = {
  plans: ['fapi2'],
  shows: 'a code that is bound to a key by dpop_jkt is refused with another key',
  async run(scene) {
    const { client } = scene
    needs(client.description.dpop === true, 'the client does not use DPoP')
    const { asked, code } = await authorize(scene, { dpop_jkt: 'A'.repeat(43) })
    assertRefused(await client.redeem(code, asked), ['invalid_grant', 'invalid_dpop_proof'])
  },
}
