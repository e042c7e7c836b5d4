import { authorize, redeem, assertTokens, assertRefused } from '../runner/flow.ts'
import { needs } from '../runner/outcome.ts'
import type { Module } from '../runner/module.ts'

/** OAuth 2.1 §4.3.3. SR-024. */
export const module: Module = {
  plans: ['oauth21', 'fapi2'],
  shows: 'a refresh may ask for less, and never for more than was agreed to',
  async run(scene) {
    const { client } = scene
    const { refresh_token: token } = await redeem(await authorize(scene), client)
    needs(typeof token === 'string', 'the client gets no refresh tokens')
    const more = `${client.description.scope} orders:delete`
    assertRefused(await client.refresh(token, { form: { scope: more } }), ['invalid_scope'])
    const [one = ''] = client.description.scope.split(' ')
    assertTokens(await client.refresh(token, { form: { scope: one } }), client)
  },
}
