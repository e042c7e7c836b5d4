import { assertAskedInVain } from '../runner/flow.ts'
import type { Module } from '../runner/module.ts'

/** RFC 6749 §3.3. SR-054. */
export const module: Module = {
  plans: ['oauth21', 'fapi2'],
  shows: 'a scope that the client is not registered for is refused',
  async run(scene) {
    const asked = scene.client.ask({ scope: 'nothing:that-is-registered' })
    await assertAskedInVain(scene, asked, { allowed: ['invalid_scope', 'access_denied'] })
  },
}
