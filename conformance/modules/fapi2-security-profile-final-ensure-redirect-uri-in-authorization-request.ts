import { assertAskedInVain } from '../runner/flow.ts'
import type { Module } from '../runner/module.ts'

/** FAPI 2.0 Security Profile §5.3.2.2-6. SR-036. */
export const module: Module = {
  plans: ['fapi2'],
  shows: 'a request without redirect_uri is refused',
  async run(scene) {
    const asked = scene.client.ask({ redirect_uri: undefined })
    await assertAskedInVain(scene, asked, { allowed: ['invalid_request', 'invalid_redirect_uri'] })
  },
}
