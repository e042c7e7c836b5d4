import { strict as assert } from 'node:assert'
import { before, describe, it } from 'node:test'
import { checkConfirmation } from '../../core/confirmation.ts'
import { guard } from '../../core/guard.ts'
import type { Method } from '../../core/method.ts'
import type { Confirmation } from '../../core/principal.ts'
import { accepted, rejected } from '../../core/verdict.ts'
import type { TestCertificate } from '../../testing/mint-certificate.ts'
import { requestView, type RequestParts } from '../../testing/request.ts'
import { certificateBound, type CertificateBoundOptions } from './certificate-bound.ts'
import { thumbprintOf } from './denial.ts'
import { byteSequence, mint, NOW, PROOF, proxyOf } from './desk.test.ts'

/** A method for the smallest token there is: its text is the thumbprint that it is bound to. */
const tokens: Method = {
  name: 'opaque',
  challenge: { scheme: 'Bearer' },
  locate: ({ authorization }) => (authorization?.scheme === 'bearer' ? 'authorization' : undefined),
  verify: (attempt) => {
    const value = attempt.authorization?.value ?? ''
    const confirmation: Confirmation | undefined =
      value === 'unbound' ? undefined : { 'x5t#S256': value }
    const binding = checkConfirmation(confirmation, attempt)
    if (binding === 'unproven') return rejected('opaque.inactive')
    return accepted({
      type: 'service',
      id: 'a',
      tenant: 'default',
      method: 'opaque',
      credentialId: 'a',
      scopes: [],
      claims: {},
      authenticatedAt: NOW,
      ...(binding === 'proven' && confirmation !== undefined ? { confirmation } : {}),
    })
  },
}

async function decide(
  parts: RequestParts,
  options?: CertificateBoundOptions,
  senderConstrained = false,
): Promise<string> {
  const desk = guard({ methods: [certificateBound(tokens, options)], clock: () => NOW * 1000 })
  const decision = await desk.check(requestView(parts), { senderConstrained })
  return decision.outcome === 'refused' ? decision.reason : decision.outcome
}

const bearer = (token: string): readonly [string, string] => ['authorization', `Bearer ${token}`]

const on = ({ der }: TestCertificate) => ({ der, chain: [] })

describe('tokens bound to a certificate (SR-039, SR-304)', () => {
  let own: TestCertificate
  let other: TestCertificate
  let token: string
  before(async () => {
    // Nobody issued them: RFC 8705 §3 asks for the same certificate, not for a trusted one.
    own = await mint({})
    other = await mint({})
    token = await thumbprintOf(own.der)
  })

  it('accepts the certificate that the token was issued to', async () => {
    const parts = { headers: [bearer(token)], peerCertificate: on(own) }
    assert.equal(await decide(parts, undefined, true), 'allowed')
  })

  it('refuses a stolen token beside another certificate, and beside none', async () => {
    const headers = [bearer(token)]
    assert.equal(await decide({ headers, peerCertificate: on(other) }), 'opaque.inactive')
    assert.equal(await decide({ headers }), 'opaque.inactive')
  })

  it('does not make an unbound token a bound one', async () => {
    const parts = { headers: [bearer('unbound')], peerCertificate: on(own) }
    assert.equal(await decide(parts), 'allowed')
    assert.notEqual(await decide(parts, undefined, true), 'allowed')
  })

  it('is no way in for a certificate alone', async () => {
    assert.equal(await decide({ peerCertificate: on(own) }), 'request.credential-missing')
  })

  it('takes the certificate of a proven proxy, and of nobody else', async () => {
    const from = proxyOf('rfc9440')
    const cert = ['client-cert', byteSequence(own.der)] as const
    const headers = [bearer(token), cert]
    assert.equal(await decide({ headers: [...headers, PROOF] }, { from }), 'allowed')
    assert.equal(await decide({ headers }, { from }), 'opaque.inactive')
    assert.equal(await decide({ headers }), 'opaque.inactive')
    const twice = [...headers, cert, PROOF]
    assert.equal(await decide({ headers: twice }, { from }), 'mtls.forwarded-repeated')
    // The certificate of the connection is the proxy's.
    const proxied = { headers: [bearer(token), PROOF], peerCertificate: on(own) }
    assert.equal(await decide(proxied, { from }), 'opaque.inactive')
  })
})
