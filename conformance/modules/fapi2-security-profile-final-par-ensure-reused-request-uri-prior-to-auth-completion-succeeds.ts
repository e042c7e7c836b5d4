import assert from 'node:assert/strict'
import { pushedUrl } from '../runner/flow.ts'
import type { Module } from '../runner/module.ts'

/** FAPI 2.0 Security Profile §5.3.2.2: a page may be loaded twice before somebody decides. */
export const module: Module = {
  plans: ['fapi2', 'oauth21'],
  shows: 'a request_uri may be opened again before its request is answered',
  async run(scene) {
    const url = pushedUrl(scene, await scene.client.push(scene.client.ask()))
    const seen = await scene.target.newPerson().look(url)
    assert.ok(seen.page !== undefined && seen.page.status < 400)
    const told = await scene.target.newPerson().approve(url)
    assert.ok(told.get('code') !== null)
  },
}
