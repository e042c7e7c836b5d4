import assert from 'node:assert/strict'
import type { Module } from '../runner/module.ts'

/** Fetch §3.3: applications in browsers redeem codes themselves; nothing here needs a cookie. */
export const module: Module = {
  plans: ['oauth21'],
  shows: 'scripts of other origins may call the token endpoint, never with cookies',
  async run({ client, server }) {
    const headers = {
      origin: 'https://app.example.com',
      'access-control-request-method': 'POST',
      'access-control-request-headers': 'content-type,dpop',
    }
    const preflight = await fetch(server.token_endpoint, { method: 'OPTIONS', headers })
    assert.ok(preflight.ok, `the preflight has status ${preflight.status}`)
    const allowed = preflight.headers.get('access-control-allow-headers') ?? ''
    assert.match(allowed.toLowerCase(), /dpop/)
    const wire = await client.post(server.token_endpoint, { grant_type: 'nothing' })
    assert.ok(['*', headers.origin].includes(wire.headers.get('access-control-allow-origin') ?? ''))
    assert.equal(wire.headers.get('access-control-allow-credentials'), null)
  },
}
