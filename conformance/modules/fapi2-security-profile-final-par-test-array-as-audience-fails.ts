import { refusesAssertion } from '../runner/asserting.ts'
import type { Module } from '../runner/module.ts'

/** FAPI 2.0 Security Profile §5.3.2.1-8: one string. SR-033. */
export const module: Module = {
  plans: ['fapi2'],
  shows: 'an assertion whose audience is an array with the issuer in it is refused',
  async run(scene) {
    const { issuer, token_endpoint: token } = scene.server
    await refusesAssertion(scene, { claims: { aud: [issuer, token] } })
  },
}
