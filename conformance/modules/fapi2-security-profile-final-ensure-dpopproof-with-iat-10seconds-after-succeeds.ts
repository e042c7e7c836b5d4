import { authorize, redeem } from '../runner/flow.ts'
import type { Module } from '../runner/module.ts'

/** FAPI 2.0 Security Profile §5.3.2.1-13. SR-038. */
export const module: Module = {
  plans: ['fapi2'],
  shows: 'a proof from a clock that is ten seconds ahead is taken',
  async run(scene) {
    const authorized = await authorize(scene)
    const claims = { iat: scene.target.now() + 10 }
    await redeem(authorized, scene.client, { proof: { claims } })
  },
}
