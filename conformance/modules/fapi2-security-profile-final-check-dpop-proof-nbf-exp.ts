import { authorize, redeem } from '../runner/flow.ts'
import type { Module } from '../runner/module.ts'

/** RFC 9449 §4.3: `exp` and `nbf` are no claims of a proof, and good ones do no harm. */
export const module: Module = {
  plans: ['fapi2'],
  shows: 'a proof that carries nbf and exp as well is taken',
  async run(scene) {
    const now = scene.target.now()
    const claims = { nbf: now - 5, exp: now + 60 }
    await redeem(await authorize(scene), scene.client, { proof: { claims } })
  },
}
