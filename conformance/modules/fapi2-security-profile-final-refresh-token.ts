import assert from 'node:assert/strict'
import {
  authorize,
  redeem,
  assertTokens,
  assertRefused,
  otherOf,
  useToken,
} from '../runner/flow.ts'
import { needs } from '../runner/outcome.ts'
import type { Module } from '../runner/module.ts'

/** FAPI 2.0 Security Profile §5.3.2.1, RFC 6749 §6: bound to the client and its key, not rotated. SR-023, SR-024. */
export const module: Module = {
  plans: ['fapi2'],
  shows: 'a refresh token works for its client with its key, again and again, and for nobody else',
  async run(scene) {
    const { client } = scene
    const { refresh_token: token } = await redeem(await authorize(scene), client)
    needs(typeof token === 'string', 'the client gets no refresh tokens')
    const other = await otherOf(scene)
    assertRefused(await other.refresh(token), ['invalid_grant'])
    const unproven = await client.refresh(token, { assertion: 'absent' })
    assertRefused(unproven, ['invalid_client', 'invalid_request'])
    const again = assertTokens(await client.refresh(token), client)
    const { refresh_token: kept = token } = again
    assert.equal(kept, token, 'it was rotated')
    assert.equal((await useToken(scene, again['access_token'])).status, 200)
    assertTokens(await client.refresh(token), client)
  },
}
