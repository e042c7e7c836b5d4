import { authorize, assertRefused } from '../runner/flow.ts'
import { needs } from '../runner/outcome.ts'
import { newKey } from '../runner/proofs.ts'
import type { Module } from '../runner/module.ts'

/** RFC 9449 §10.1: a proof at the PAR endpoint binds the code to its key. SR-038. */
export const module: Module = {
  plans: ['fapi2'],
  shows: 'a code that is bound to a key by a proof at the PAR endpoint is refused with another key',
  async run(scene) {
    const { client } = scene
    needs(client.description.dpop === true, 'the client does not use DPoP')
    const { asked, code } = await authorize(
      scene,
      {},
      { tweak: { proof: { key: await newKey() } } },
    )
    assertRefused(await client.redeem(code, asked), ['invalid_grant', 'invalid_dpop_proof'])
  },
}
