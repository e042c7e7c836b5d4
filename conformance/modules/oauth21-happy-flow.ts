import assert from 'node:assert/strict'
import { authorize, redeem, useToken } from '../runner/flow.ts'
import type { Module } from '../runner/module.ts'

/** OAuth 2.1 §4.1: without PAR, with the smallest client there is. SR-005. */
export const module: Module = {
  plans: ['oauth21'],
  shows: 'a client that does everything right gets tokens that work',
  async run(scene) {
    const { access_token: token } = await redeem(await authorize(scene), scene.client)
    assert.equal((await useToken(scene, token)).status, 200)
  },
}
