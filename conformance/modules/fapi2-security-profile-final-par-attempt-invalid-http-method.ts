import assert from 'node:assert/strict'
import { needs } from '../runner/outcome.ts'
import type { Module } from '../runner/module.ts'

/** RFC 9126 §2.3: POST, and nothing else. */
export const module: Module = {
  plans: ['fapi2', 'oauth21'],
  shows: 'the PAR endpoint answers other methods with 405',
  async run({ server }) {
    const { pushed_authorization_request_endpoint: url } = server
    needs(url !== undefined, 'the server takes no pushed requests')
    for (const method of ['GET', 'PUT']) {
      // oxlint-disable-next-line no-await-in-loop -- two requests
      const { status } = await fetch(url, { method })
      assert.ok([404, 405].includes(status), `${method}: ${status}`)
    }
  },
}
