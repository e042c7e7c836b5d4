import { authorize, redeem, assertTokens, assertRefused } from '../runner/flow.ts'
import { needs } from '../runner/outcome.ts'
import type { Module } from '../runner/module.ts'

/** OAuth 2.1 §4.3.1, RFC 9700 §4.14.2. SR-022. */
export const module: Module = {
  plans: ['oauth21'],
  shows: 'a refresh token that comes back after its successor was used ends the successor too',
  async run(scene) {
    const { client, target } = scene
    const { refresh_token: first } = await redeem(await authorize(scene), client)
    needs(typeof first === 'string', 'the client gets no refresh tokens')
    const second = assertTokens(await client.refresh(first), client)['refresh_token']
    needs(typeof second === 'string' && second !== first, 'refresh tokens are not rotated')
    const third = assertTokens(await client.refresh(second), client)['refresh_token']
    needs(target.wait !== undefined, 'time does not pass here')
    await target.wait(60)
    assertRefused(await client.refresh(first), ['invalid_grant'])
    assertRefused(await client.refresh(String(third)), ['invalid_grant'])
  },
}
