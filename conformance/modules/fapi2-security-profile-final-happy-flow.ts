import assert from 'node:assert/strict'
import { authorize, redeem, useToken } from '../runner/flow.ts'
import type { Module } from '../runner/module.ts'

/** FAPI 2.0 Security Profile §5.3: a pushed request, a person, a code, bound tokens. SR-005, SR-021, SR-036. */
export const module: Module = {
  plans: ['fapi2'],
  shows: 'a client that does everything right gets tokens that work',
  async run(scene) {
    const authorized = await authorize(scene)
    const { access_token: token } = await redeem(authorized, scene.client)
    assert.equal((await useToken(scene, token)).status, 200)
  },
}
