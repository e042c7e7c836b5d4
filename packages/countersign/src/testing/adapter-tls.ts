/** Client certificates over TLS: every adapter tells the guard the one of its connection. */
import { strict as assert } from 'node:assert'
import { before, it } from 'node:test'
import type { ConnectionOptions } from 'node:tls'
import { certificateAttacks } from '../methods/mtls/attacks.ts'
import { withFort, type Fort } from './adapter-attacks.ts'
import { ask, type Serve } from './adapter-server.ts'
import { ATTACK_NOW } from './attacked-method.ts'
import type { TestCertificate } from './mint-certificate.ts'
import { testMtls, type TestMtls } from './mtls-desk.ts'

/** Declares the tests: the certificates of the table, each presented by whoever holds its key. */
export function declareTls(serve: Serve): void {
  let desk: TestMtls
  before(async () => {
    desk = await testMtls(ATTACK_NOW)
  })
  const attack = (assault: (fort: Fort) => Promise<void>): Promise<void> => {
    const { pem: cert, keyPem: key } = desk.good
    return withFort({ serve, methods: [desk.method()], tls: { cert, key } }, assault)
  }
  it('SR-301: refuses every certificate of the table for its reason, and nobody else', () =>
    attack(async (fort) => {
      await assertReason(fort, desk.good, undefined)
      const held = certificateAttacks(desk.material).flatMap(({ name, der, reason }) => {
        const holder = desk.holderOf(der)
        return holder === undefined ? [] : [{ name, holder, reason }]
      })
      assert(held.length > 20)
      for (const { name, holder, reason } of held) await assertReason(fort, holder, reason, name)
      await assertReason(fort, desk.good, undefined)
    }))
  it('SR-301: takes a client without a certificate for one without a credential', () =>
    attack((fort) => assertReason(fort, undefined, 'request.credential-missing')))
  it('SR-303: reads no field where certificates come by TLS', () =>
    attack(async (fort) => {
      const value = `:${Buffer.from(desk.good.der).toString('base64')}:`
      const headers = [desk.material.proof, ['Client-Cert', value]] as const
      const answer = await ask(fort.app, { headers }, asClient(undefined))
      assert.equal(answer?.status, 401)
      assert.equal(fort.records.at(-1)?.reason, 'request.credential-missing')
    }))
}

const asClient = (certificate: TestCertificate | undefined): ConnectionOptions => ({
  // Who the server is, is not what is tested.
  rejectUnauthorized: false,
  ...(certificate === undefined ? {} : { cert: certificate.pem, key: certificate.keyPem }),
})

async function assertReason(
  { app, records }: Fort,
  certificate: TestCertificate | undefined,
  ...[reason, name = 'the good one']: readonly [reason: string | undefined, name?: string]
): Promise<void> {
  const calls = app.calls.length
  const answer = await ask(app, {}, asClient(certificate))
  assert.equal(records.at(-1)?.reason, reason, name)
  assert.equal(answer?.status, reason === undefined ? 200 : 401, name)
  assert.equal(app.calls.length - calls, reason === undefined ? 1 : 0, name)
}
