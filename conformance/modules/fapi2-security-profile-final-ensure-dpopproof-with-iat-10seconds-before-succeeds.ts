import { authorize, redeem } from '../runner/flow.ts'
import type { Module } from '../runner/module.ts'

/** FAPI 2.0 Security Profile §5.3.2.1-13. SR-038. */
export const module: Module = {
  plans: ['fapi2'],
  shows: 'a proof of ten seconds ago is taken',
  async run(scene) {
    const claims = { iat: scene.target.now() - 10 }
    await redeem(await authorize(scene), scene.client, { proof: { claims } })
  },
}
