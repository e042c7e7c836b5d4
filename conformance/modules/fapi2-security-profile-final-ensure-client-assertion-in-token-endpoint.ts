import { authorize, assertRefused } from '../runner/flow.ts'
import { needs } from '../runner/outcome.ts'
import type { Module } from '../runner/module.ts'

/** FAPI 2.0 Security Profile §5.3.2.1-6. SR-029, SR-032. */
export const module: Module = {
  plans: ['fapi2'],
  shows: 'the token endpoint refuses a client that proves nothing',
  async run(scene) {
    const { client } = scene
    const method = client.description.token_endpoint_auth_method
    needs(method === 'private_key_jwt', 'the client does not use private_key_jwt')
    const { asked, code } = await authorize(scene)
    const wire = await client.redeem(code, asked, { assertion: 'absent' })
    assertRefused(wire, ['invalid_client', 'invalid_request'])
  },
}
