import assert from 'node:assert/strict'
import { assertTokens, assertRefused, otherOf } from '../runner/flow.ts'
import { needs } from '../runner/outcome.ts'
import { readIdToken, acceptsRequest } from '../runner/asserting.ts'
import type { Module } from '../runner/module.ts'

/** OpenID Connect Core §12. */
export const module: Module = {
  plans: ['oidc-basic'],
  shows: 'a refresh gives tokens for the same person, and is refused to another client',
  async run(scene) {
    const { client } = scene
    const { tokens } = await acceptsRequest(scene, { prompt: 'consent' })
    const { refresh_token: token } = tokens
    needs(typeof token === 'string', 'the client gets no refresh tokens')
    assertRefused(await (await otherOf(scene)).refresh(token), ['invalid_grant'])
    const again = assertTokens(await client.refresh(token), client)
    if (again['id_token'] === undefined) return
    const { sub } = await readIdToken(scene, tokens)
    assert.equal((await readIdToken(scene, again)).sub, sub)
  },
}
