import { authorize, redeem } from '../runner/flow.ts'
import type { Module } from '../runner/module.ts'

/** OpenID Connect Core §3.1.2.1. */
export const module: Module = {
  plans: ['fapi2'],
  shows: 'a nonce of 64 characters is taken',
  async run(scene) {
    await redeem(await authorize(scene, { nonce: 'n'.repeat(64) }), scene.client)
  },
}
