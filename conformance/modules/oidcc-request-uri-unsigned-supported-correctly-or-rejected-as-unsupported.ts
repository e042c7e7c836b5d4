import { assertAskedInVain } from '../runner/flow.ts'
import type { Module } from '../runner/module.ts'

/** RFC 9101 §10.4: a server that fetches what strangers name is a tool of strangers. */
export const module: Module = {
  plans: ['oidc-basic'],
  shows: 'a request_uri elsewhere is refused',
  async run(scene) {
    const asked = scene.client.ask({ request_uri: 'https://app.example.com/request' })
    const allowed = ['request_uri_not_supported', 'invalid_request_uri', 'invalid_request']
    await assertAskedInVain(scene, asked, { allowed })
  },
}
