import { authorize, redeem } from '../runner/flow.ts'
import type { Module } from '../runner/module.ts'

/** OpenID Connect Core §3.1.2.1: `nonce` is optional in the code flow. */
export const module: Module = {
  plans: ['fapi2'],
  shows: 'a request without nonce succeeds',
  async run(scene) {
    await redeem(await authorize(scene, { nonce: undefined }), scene.client)
  },
}
