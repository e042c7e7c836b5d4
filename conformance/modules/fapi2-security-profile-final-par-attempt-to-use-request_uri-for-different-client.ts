import { pushedUrl, assertNowhere, otherOf } from '../runner/flow.ts'
import type { Module } from '../runner/module.ts'

/** RFC 9126 §2.2: a request_uri is bound to the client that pushed it. SR-036. */
export const module: Module = {
  plans: ['fapi2', 'oauth21'],
  shows: 'a request_uri is refused to another client',
  async run(scene) {
    const other = await otherOf(scene)
    const url = pushedUrl(scene, await scene.client.push(scene.client.ask()), other)
    const allowed = ['invalid_request_uri', 'invalid_request', 'invalid_request_object']
    await assertNowhere(scene, url, [...allowed, 'invalid_client'])
  },
}
