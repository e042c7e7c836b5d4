import assert from 'node:assert/strict'
import { readIdToken, acceptsRequest } from '../runner/asserting.ts'
import type { Module } from '../runner/module.ts'

/** OpenID Connect Core §2: signed with a key that is published, and named. SR-041. */
export const module: Module = {
  plans: ['oidc-basic'],
  shows: 'the ID token names its key, and a changed one does not verify',
  async run(scene) {
    const { tokens } = await acceptsRequest(scene, {})
    await readIdToken(scene, tokens)
    const [header = '', payload = '', signature = ''] = String(tokens['id_token']).split('.')
    assert.equal(typeof JSON.parse(Buffer.from(header, 'base64url').toString()).kid, 'string')
    const other = signature.startsWith('A') ? 'B' : 'A'
    const broken = [header, payload, other + signature.slice(1)].join('.')
    await assert.rejects(readIdToken(scene, { id_token: broken }))
  },
}
