import { assertAskedInVain } from '../runner/flow.ts'
import type { Module } from '../runner/module.ts'

/** OpenID Connect Core §6.1, RFC 9101 §10.2: nobody signed it. SR-041. */
export const module: Module = {
  plans: ['oidc-basic'],
  shows: 'an unsigned request object is refused',
  async run(scene) {
    const { client } = scene
    const asked = client.ask()
    const request = [{ alg: 'none' }, { ...asked.parameters, iss: client.description.client_id }]
      .map((part) => Buffer.from(JSON.stringify(part)).toString('base64url'))
      .join('.')
    const parameters = { ...asked.parameters, request: `${request}.` }
    const allowed = ['request_not_supported', 'invalid_request_object', 'invalid_request']
    await assertAskedInVain(scene, { ...asked, parameters }, { allowed })
  },
}
