import { frontUrl, assertNowhere } from '../runner/flow.ts'
import type { Module } from '../runner/module.ts'

/** FAPI 2.0 Security Profile §5.3.2.2-2, RFC 9126 §4. SR-036, SR-037. */
export const module: Module = {
  plans: ['fapi2'],
  shows: 'a request that was not pushed is refused',
  async run(scene) {
    const url = frontUrl(scene, scene.client.ask().parameters)
    await assertNowhere(scene, url, ['invalid_request', 'invalid_request_uri'])
  },
}
