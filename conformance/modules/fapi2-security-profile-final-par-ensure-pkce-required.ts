import { assertAskedInVain } from '../runner/flow.ts'
import type { Module } from '../runner/module.ts'

/** FAPI 2.0 Security Profile §5.3.2.2-5. SR-013. */
export const module: Module = {
  plans: ['fapi2', 'oauth21'],
  shows: 'a request without a challenge is refused',
  async run(scene) {
    const none = { code_challenge: undefined, code_challenge_method: undefined }
    await assertAskedInVain(scene, scene.client.ask(none), { allowed: ['invalid_request'] })
  },
}
