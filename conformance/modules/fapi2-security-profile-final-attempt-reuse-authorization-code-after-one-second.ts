import assert from 'node:assert/strict'
import { authorize, redeem, assertRefused, useToken } from '../runner/flow.ts'
import { needs } from '../runner/outcome.ts'
import type { Module } from '../runner/module.ts'

/** OAuth 2.1 §4.1.3: the second use is refused, and ends what the first one gave. SR-015. */
export const module: Module = {
  plans: ['fapi2'],
  shows: 'a code is refused a second later, and its tokens end',
  async run(scene) {
    const { target, client } = scene
    needs(target.wait !== undefined, 'time does not pass here')
    const authorized = await authorize(scene)
    const tokens = await redeem(authorized, client)
    await target.wait(1)
    assertRefused(await client.redeem(authorized.code, authorized.asked), ['invalid_grant'])
    assert.equal((await useToken(scene, tokens['access_token'])).status, 401)
    const { refresh_token: refresh } = tokens
    if (typeof refresh === 'string') assertRefused(await client.refresh(refresh), ['invalid_grant'])
  },
}
