import assert from 'node:assert/strict'
import { pushedUrl, assertNowhere } from '../runner/flow.ts'
import type { Module } from '../runner/module.ts'

/** RFC 9126 §7.3: a request_uri is used up when the request is answered. SR-036. */
export const module: Module = {
  plans: ['fapi2', 'oauth21'],
  shows: 'a request_uri is refused after its request was answered',
  async run(scene) {
    const asked = scene.client.ask()
    const pushed = await scene.client.push(asked)
    const url = pushedUrl(scene, pushed)
    const told = await scene.target.newPerson().approve(url)
    assert.ok(told.get('code') !== null)
    await assertNowhere(scene, url, ['invalid_request_uri', 'invalid_request'])
  },
}
