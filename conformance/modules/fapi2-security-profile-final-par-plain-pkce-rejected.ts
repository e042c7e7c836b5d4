import { assertAskedInVain } from '../runner/flow.ts'
import type { Module } from '../runner/module.ts'

/** FAPI 2.0 Security Profile §5.3.2.2-5. SR-013. */
export const module: Module = {
  plans: ['fapi2', 'oauth21'],
  shows: 'a plain challenge is refused, named or by default',
  async run(scene) {
    for (const method of ['plain', undefined]) {
      const asked = scene.client.ask({ code_challenge_method: method })
      // oxlint-disable-next-line no-await-in-loop -- two requests
      await assertAskedInVain(scene, asked, { allowed: ['invalid_request'] })
    }
  },
}
