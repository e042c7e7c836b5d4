import { assertAskedInVain } from '../runner/flow.ts'
import type { Module } from '../runner/module.ts'

/** FAPI 2.0 Security Profile §5.3.2.2-1. SR-010. */
export const module: Module = {
  plans: ['fapi2', 'oauth21'],
  shows: 'response_type "code id_token" is refused',
  async run(scene) {
    const asked = scene.client.ask({ response_type: 'code id_token' })
    const allowed = ['unsupported_response_type', 'invalid_request', 'unauthorized_client']
    await assertAskedInVain(scene, asked, { allowed })
  },
}
