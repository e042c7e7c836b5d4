import assert from 'node:assert/strict'
import { encode } from '../runner/party.ts'
import type { Module } from '../runner/module.ts'

/** OpenID Connect Core §3.1.2.1: the endpoint takes POST. */
export const module: Module = {
  plans: ['oidc-basic'],
  shows: 'a request that was posted leads to a page, and is no error',
  async run({ client, server }) {
    const body = encode(client.ask().parameters)
    const headers = { 'content-type': 'application/x-www-form-urlencoded' }
    const init = { method: 'POST', body, headers, redirect: 'manual' } as const
    const { status } = await fetch(server.authorization_endpoint, init)
    assert.ok(status === 200 || status === 302 || status === 303, `status ${status}`)
  },
}
