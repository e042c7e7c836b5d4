import assert from 'node:assert/strict'
import { pushedUrl } from '../runner/flow.ts'
import type { Module } from '../runner/module.ts'

/** RFC 9126 §4: `client_id` and `request_uri` are all that the browser carries. SR-036. */
export const module: Module = {
  plans: ['fapi2', 'oauth21'],
  shows: 'client_id and request_uri are enough at the authorization endpoint',
  async run(scene) {
    const pushed = await scene.client.push(scene.client.ask())
    const told = await scene.target.newPerson().approve(pushedUrl(scene, pushed))
    assert.ok(told.get('code') !== null)
  },
}
