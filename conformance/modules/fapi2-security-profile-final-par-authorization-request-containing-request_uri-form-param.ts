import { assertRefused } from '../runner/flow.ts'
import type { Module } from '../runner/module.ts'

/** RFC 9126 §2.1: a pushed request names no other. SR-036. */
export const module: Module = {
  plans: ['fapi2', 'oauth21'],
  shows: 'a request_uri inside a pushed request is refused',
  async run({ client }) {
    const pushed = await client.push(client.ask())
    const again = await client.push(client.ask({ request_uri: String(pushed.body['request_uri']) }))
    assertRefused(again, ['invalid_request', 'invalid_request_uri', 'request_uri_not_supported'])
  },
}
