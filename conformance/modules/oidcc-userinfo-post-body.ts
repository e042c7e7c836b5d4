import assert from 'node:assert/strict'
import { needs } from '../runner/outcome.ts'
import { readWire } from '../runner/party.ts'
import { acceptsRequest } from '../runner/asserting.ts'
import type { Module } from '../runner/module.ts'

/** RFC 6750 §2.2: a server may take tokens in forms. */
export const module: Module = {
  plans: ['oidc-basic'],
  shows: 'userinfo answers POST with the token in the form, or refuses such a token',
  async run(scene) {
    const { tokens } = await acceptsRequest(scene, {})
    const { userinfo_endpoint: url = '' } = scene.server
    const body = new URLSearchParams({ access_token: String(tokens['access_token']) })
    const wire = await readWire(await fetch(url, { method: 'POST', body }))
    needs(wire.status !== 400 && wire.status !== 401, 'tokens in forms are not taken')
    assert.equal(wire.status, 200)
    assert.equal(typeof wire.body['sub'], 'string')
  },
}
