import assert from 'node:assert/strict'
import { readWire } from '../runner/party.ts'
import type { Module } from '../runner/module.ts'

/** OpenID Connect Core §10.1, RFC 7517 §5. SR-050. */
export const module: Module = {
  plans: ['oidc-config', 'oidc-dynamic'],
  shows: 'the keys are public, distinct and strong',
  async run({ server }) {
    const { body } = await readWire(await fetch(server.jwks_uri))
    const { keys } = body
    assert.ok(Array.isArray(keys) && keys.length > 0)
    for (const key of keys) {
      for (const secret of ['d', 'p', 'q', 'dp', 'dq', 'qi', 'k'])
        assert.ok(!(secret in key), secret)
      assert.ok(key.kty !== 'RSA' || String(key.n).length >= 342, 'an RSA key under 2048 bits')
    }
    assert.equal(new Set(keys.map(({ kid }) => kid)).size, keys.length, 'two keys of one kid')
  },
}
