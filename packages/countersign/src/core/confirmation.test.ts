import { strict as assert } from 'node:assert'
import { describe, it } from 'node:test'
import { checkConfirmation, type Binding } from './confirmation.ts'
import type { Confirmation } from './principal.ts'
import { Trace } from './trace.ts'

const JKT = '0ZcOCORZNYy-DWpqq30jZyJGHTN0d2HglBV3uiguA4I'
const CERTIFICATE = 'bwcK0esc3ACC3DB2Y5_lESsXE8o9ltc05O89jdN-dg2'
const dpop = { jkt: JKT }
const tls = { 'x5t#S256': CERTIFICATE }

/** What an issuer may write: every member of a Confirmation is optional, so that any object passes. */
const foreign = (members: object): Confirmation => members

const CASES: readonly (readonly [
  what: string,
  confirmation: Confirmation | undefined,
  proven: Confirmation | undefined,
  binding: Binding,
])[] = [
  ['nothing bound, nothing proven', undefined, undefined, 'unbound'],
  ['nothing bound, a certificate that came along', undefined, tls, 'unbound'],
  ['nothing bound, a DPoP proof that thinks otherwise', undefined, dpop, 'unproven'],
  ['a DPoP key, proven', dpop, dpop, 'proven'],
  ['a certificate, proven', tls, tls, 'proven'],
  ['both, proven', { ...dpop, ...tls }, { ...dpop, ...tls }, 'proven'],
  ['a DPoP key, and a certificate that came along', dpop, { ...dpop, ...tls }, 'proven'],
  ['a DPoP key, not proven', dpop, undefined, 'unproven'],
  ['a DPoP key, another one proven', dpop, { jkt: `${JKT.slice(0, -1)}J` }, 'unproven'],
  ['a DPoP key, a prefix of it proven', dpop, { jkt: JKT.slice(0, -1) }, 'unproven'],
  ['a DPoP key, in another case', dpop, { jkt: JKT.toLowerCase() }, 'unproven'],
  ['a DPoP key, only a certificate proven', dpop, tls, 'unproven'],
  ['a certificate, only a DPoP key proven', tls, dpop, 'unproven'],
  ['the thumbprint of one as the other', { jkt: CERTIFICATE }, tls, 'unproven'],
  ['both, only the key proven', { ...dpop, ...tls }, dpop, 'unproven'],
  ['both, only the certificate proven', { ...dpop, ...tls }, tls, 'unproven'],
  ['an empty confirmation', {}, undefined, 'unproven'],
  ['an empty confirmation beside proofs', {}, { ...dpop, ...tls }, 'unproven'],
  ['a member that nobody knows', foreign({ kid: 'k' }), { ...dpop, ...tls }, 'unproven'],
  ['a known member beside one that nobody knows', foreign({ ...dpop, jwk: {} }), dpop, 'unproven'],
  ['a member that every object has', foreign({ constructor: 'x' }), dpop, 'unproven'],
  ['a thumbprint that is a number', foreign({ jkt: 1 }), dpop, 'unproven'],
  ['a thumbprint that is null', foreign({ jkt: null }), dpop, 'unproven'],
  ['an empty thumbprint, an empty proof', { jkt: '' }, foreign({}), 'unproven'],
]

describe('the binding of a credential', () => {
  for (const [what, confirmation, proven, binding] of CASES) {
    it(`${what}: ${binding}`, () => {
      const given = proven === undefined ? {} : { proven }
      assert.equal(checkConfirmation(confirmation, { ...given, trace: undefined }), binding)
    })
  }

  it('is explained by names of members, never by a thumbprint', () => {
    const trace = new Trace()
    checkConfirmation(dpop, { proven: tls, trace })
    const [check] = trace.checks
    const [expected, actual] = [['jkt'], ['x5t#S256']]
    assert.deepEqual(check, { name: 'binding', passed: false, expected, actual })
  })

  it('is no check where nothing is bound and no key is claimed', () => {
    const trace = new Trace()
    checkConfirmation(undefined, { trace })
    assert.deepEqual(trace.checks, [])
  })
})
