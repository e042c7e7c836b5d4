import assert from 'node:assert/strict'
import { authorize, redeem, assertRefused, useToken } from '../runner/flow.ts'
import { needs } from '../runner/outcome.ts'
import type { Module } from '../runner/module.ts'

/** OAuth 2.1 §4.1.3. SR-015. */
export const module: Module = {
  plans: ['oauth21'],
  shows: 'a code that comes back later is refused, and its tokens end',
  async run(scene) {
    const { client, target } = scene
    const authorized = await authorize(scene)
    const tokens = await redeem(authorized, client)
    needs(target.wait !== undefined, 'time does not pass here')
    await target.wait(30)
    assertRefused(await client.redeem(authorized.code, authorized.asked), ['invalid_grant'])
    assert.equal((await useToken(scene, tokens['access_token'])).status, 401)
    const { refresh_token: refresh } = tokens
    if (typeof refresh === 'string') assertRefused(await client.refresh(refresh), ['invalid_grant'])
  },
}
