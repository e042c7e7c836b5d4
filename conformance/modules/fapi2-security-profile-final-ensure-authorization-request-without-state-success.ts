import assert from 'node:assert/strict'
import { authorize } from '../runner/flow.ts'
import type { Module } from '../runner/module.ts'

/** RFC 6749 §4.1.1: `state` is the client's choice; PKCE is not. */
export const module: Module = {
  plans: ['fapi2', 'oauth21'],
  shows: 'a request without state succeeds, and none is made up',
  async run(scene) {
    const { told } = await authorize(scene, { state: undefined })
    assert.equal(told.get('state'), null)
  },
}
