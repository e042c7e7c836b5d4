import assert from 'node:assert/strict'
import { authorize, redeem, assertRefused } from '../runner/flow.ts'
import { needs } from '../runner/outcome.ts'
import type { Module } from '../runner/module.ts'

/** RFC 7009 §2. SR-026. */
export const module: Module = {
  plans: ['oauth21', 'fapi2'],
  shows: 'a revoked refresh token is refused, and revoking nonsense is no error',
  async run(scene) {
    const { client, server } = scene
    const { revocation_endpoint: url } = server
    needs(url !== undefined, 'the server revokes nothing')
    const { refresh_token: token } = await redeem(await authorize(scene), client)
    needs(typeof token === 'string', 'the client gets no refresh tokens')
    assert.equal((await client.post(url, { token })).status, 200)
    assertRefused(await client.refresh(token), ['invalid_grant'])
    assert.equal((await client.post(url, { token: 'nonsense' })).status, 200)
  },
}
