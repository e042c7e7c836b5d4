/** Authlib (Python): an independent implementation of a client. Debian: `apt-get install python3-authlib python3-requests`. */
import assert from 'node:assert/strict'
import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import { after, before, suite, test } from 'node:test'
import { fileURLToPath } from 'node:url'
import {
  describeClient,
  REDIRECT,
  serveOurs,
  signIn,
  type OurAuthority,
} from '../testing/our-target.ts'

const PYTHON = ['/usr/bin/python3', 'python3'].find(
  (name) => spawnSync(name, ['-c', 'import authlib, requests']).status === 0,
)
const SCRIPT = fileURLToPath(new URL('authlib_client.py', import.meta.url))
const skip = PYTHON === undefined && 'python3-authlib and python3-requests are not installed'

suite('Authlib', { skip }, () => {
  let at: OurAuthority
  before(async () => {
    at = await serveOurs()
  })
  after(() => at.close())

  for (const method of ['client_secret_basic', 'client_secret_post', 'none'] as const) {
    test(`code flow, ID token, userinfo, refresh and revocation with ${method}`, async () => {
      const settings = { tokenEndpointAuthMethod: method }
      const { client_id, client_secret } = await describeClient(at, { scope: 'openid', settings })
      const env = { ...process.env, AUTHLIB_INSECURE_TRANSPORT: '1' }
      const python = spawn(PYTHON ?? '', [SCRIPT], { env, stdio: ['pipe', 'pipe', 'inherit'] })
      const lines = createInterface(python.stdout)[Symbol.asyncIterator]()
      const asked = {
        issuer: at.url,
        client_id,
        secret: client_secret,
        redirect_uri: REDIRECT,
        method,
      }
      python.stdin.write(`${JSON.stringify(asked)}\n`)
      const { value: url = '' } = await lines.next()
      const callback = await signIn(at, new URL(url))
      const ended = once(python, 'exit')
      python.stdin.end(`${callback.href}\n`)
      const { value: result = '' } = await lines.next()
      assert.deepEqual(await ended, [0, null])
      assert.deepEqual(JSON.parse(result), { name: 'Alice', after: 'invalid_grant' })
    })
  }
})
