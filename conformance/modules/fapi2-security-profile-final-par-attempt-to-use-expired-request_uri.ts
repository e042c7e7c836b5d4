import assert from 'node:assert/strict'
import { pushedUrl, assertNowhere } from '../runner/flow.ts'
import { needs } from '../runner/outcome.ts'
import type { Module } from '../runner/module.ts'

/** RFC 9126 §2.2, FAPI 2.0 Security Profile §5.3.2.2: less than 600 seconds. SR-036. */
export const module: Module = {
  plans: ['fapi2', 'oauth21'],
  shows: 'a request_uri is refused after the time that it was given for, which is short',
  async run(scene) {
    const { target, client } = scene
    const pushed = await client.push(client.ask())
    const seconds = Number(pushed.body['expires_in'])
    assert.ok(seconds > 0 && seconds < 600, `expires_in ${seconds}`)
    needs(target.wait !== undefined, 'time does not pass here')
    await target.wait(seconds + 1)
    await assertNowhere(scene, pushedUrl(scene, pushed), ['invalid_request_uri', 'invalid_request'])
  },
}
