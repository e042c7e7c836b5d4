import { refusesAssertion } from '../runner/asserting.ts'
import type { Module } from '../runner/module.ts'

/** FAPI 2.0 Security Profile §5.3.2.1-8. SR-033. */
export const module: Module = {
  plans: ['fapi2'],
  shows: 'an assertion whose audience is the token endpoint is refused',
  async run(scene) {
    await refusesAssertion(scene, { claims: { aud: scene.server.token_endpoint } })
  },
}
