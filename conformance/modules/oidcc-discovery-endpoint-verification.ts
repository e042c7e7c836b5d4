import assert from 'node:assert/strict'
import { wellKnown } from '../runner/discovery.ts'
import { readWire } from '../runner/party.ts'
import type { Module } from '../runner/module.ts'

/** OpenID Connect Discovery §3. SR-055. */
export const module: Module = {
  plans: ['oidc-config', 'oidc-basic'],
  shows: 'the document has every member that OpenID Connect requires',
  async run({ server, target }) {
    const [, url = ''] = wellKnown(target.issuer)
    const { status, headers, body } = await readWire(await fetch(url))
    assert.equal(status, 200)
    assert.match(headers.get('content-type') ?? '', /^application\/json/)
    assert.equal(body['issuer'], server.issuer)
    const urls = ['authorization_endpoint', 'token_endpoint', 'userinfo_endpoint', 'jwks_uri']
    for (const name of urls) assert.ok(URL.canParse(String(body[name])), name)
    const lists = {
      response_types_supported: 'code',
      subject_types_supported: 'public',
      scopes_supported: 'openid',
      id_token_signing_alg_values_supported: undefined,
      claims_supported: 'sub',
    }
    for (const [name, member] of Object.entries(lists)) {
      const list = body[name]
      assert.ok(Array.isArray(list) && list.length > 0, name)
      assert.ok(member === undefined || list.includes(member), `${name} has no ${String(member)}`)
    }
    const algorithms = body['id_token_signing_alg_values_supported']
    assert.ok(Array.isArray(algorithms) && !algorithms.includes('none'))
  },
}
