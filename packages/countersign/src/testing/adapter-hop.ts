/** Unix sockets: every adapter tells the guard which connections came over one. */
import { strict as assert } from 'node:assert'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { it } from 'node:test'
import { guard } from '../core/guard.ts'
import { ATTACK_DIALECTS } from '../methods/mtls/attacks-dialects.ts'
import { ask, run, type Serve } from './adapter-server.ts'
import { Wire, wireBytes } from './adapter-wire.ts'
import { ATTACK_NOW } from './attacked-method.ts'
import { testMtls } from './mtls-desk.ts'

/** Declares the test: what proves a proxy on a unix socket proves nothing over TCP. */
export function declareHops(serve: Serve): void {
  it('SR-303: tells a connection over a unix socket from one over TCP', async () => {
    const { method, material } = await testMtls(ATTACK_NOW)
    const origin = { dialect: 'rfc9440', proof: { unixSocket: true } } as const
    const desk = guard({ methods: [method(origin)], clock: () => ATTACK_NOW * 1000 })
    const request = { headers: ATTACK_DIALECTS.rfc9440.carry(material.good) }
    const app = await run(serve, desk)
    try {
      assert.equal((await ask(app, request))?.status, 401)
      assert.equal(app.calls.length, 0)
    } finally {
      await app.close()
    }
    const folder = mkdtempSync(join(tmpdir(), 'countersign-hop-'))
    const path = join(folder, 'api.sock')
    const server = await serve({ desk, requirement: {}, onCall: () => {} })
    try {
      await once(server.listen({ path }), 'listening')
      const wire = await Wire.openPath(path)
      wire.send(wireBytes(request))
      assert.equal((await wire.read())?.status, 200)
      wire.abort()
    } finally {
      server.close()
      rmSync(folder, { recursive: true, force: true })
    }
  })
}
