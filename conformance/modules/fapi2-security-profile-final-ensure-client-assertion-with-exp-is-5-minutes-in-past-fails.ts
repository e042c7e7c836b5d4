import { refusesAssertion } from '../runner/asserting.ts'
import type { Module } from '../runner/module.ts'

/** RFC 7523 §3. SR-048. */
export const module: Module = {
  plans: ['fapi2'],
  shows: 'an assertion that expired five minutes ago is refused',
  async run(scene) {
    const exp = scene.target.now() - 300
    await refusesAssertion(scene, { claims: { exp, iat: exp - 60 } })
  },
}
