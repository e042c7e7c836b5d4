import { assertAskedInVain } from '../runner/flow.ts'
import type { Module } from '../runner/module.ts'

/** RFC 6749 §3.1.1. */
export const module: Module = {
  plans: ['oidc-basic', 'oauth21'],
  shows: 'a request without response_type is refused',
  async run(scene) {
    const asked = scene.client.ask({ response_type: undefined })
    const allowed = ['invalid_request', 'unsupported_response_type']
    await assertAskedInVain(scene, asked, { allowed })
  },
}
