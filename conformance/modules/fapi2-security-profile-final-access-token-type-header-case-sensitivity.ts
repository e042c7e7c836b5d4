import assert from 'node:assert/strict'
import { authorize, redeem, useToken } from '../runner/flow.ts'
import type { Module } from '../runner/module.ts'

/** RFC 9110 §11.1: schemes of `Authorization` are case-insensitive. */
export const module: Module = {
  plans: ['fapi2', 'oauth21'],
  shows: 'a resource takes the token type in another case',
  async run(scene) {
    const { access_token: token } = await redeem(await authorize(scene), scene.client)
    const name = scene.client.description.dpop === true ? 'dpop' : 'bearer'
    for (const scheme of [name, name.toUpperCase()]) {
      assert.equal((await useToken(scene, token, { scheme })).status, 200, scheme)
    }
  },
}
