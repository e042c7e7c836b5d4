import { strict as assert } from 'node:assert'
import { describe, it } from 'node:test'
import { memoryReplay } from '../core/memory-replay.ts'
import { Secret } from '../core/secret.ts'
import { signRequest } from '../methods/http-signature/sign.ts'
import { httpSignature } from '../methods/http-signature/verify.ts'
import { identityRules } from '../methods/mtls/mapping.ts'
import { TrustStore } from '../methods/mtls/trust.ts'
import { mtls } from '../methods/mtls/verify.ts'
import { signSigV4 } from '../methods/sigv4/sign.ts'
import { sigv4 } from '../methods/sigv4/verify.ts'
import { reasonAt } from './dpop-desk.ts'
import { mint } from './mint.ts'

const NOW = 1_700_000_000
const replay = memoryReplay({ unsafe: { noFence: true } })

describe('mint makes credentials that are refused for what is broken', () => {
  const certificates = [
    [undefined, 'allowed'],
    ['expired', 'mtls.expired'],
    ['not-yet-valid', 'mtls.not-yet-valid'],
    ['wrong-purpose', 'mtls.purpose-mismatch'],
    ['no-identity', 'mtls.identity-invalid'],
  ] as const
  for (const [broken, reason] of certificates) {
    it(`certificate, ${broken ?? 'good'}: ${reason}`, async () => {
      const spiffe = 'spiffe://test.example/orders'
      const authority = await mint.certificate({ name: 'ca', ca: true, now: NOW })
      const between = await mint.certificate({ name: 'b', ca: true, now: NOW, issuer: authority })
      const fault = broken === undefined ? {} : { broken }
      const leaf = await mint.certificate({ issuer: between, uris: [spiffe], now: NOW, ...fault })
      const anchors = [{ name: 'ca', certificate: authority.der, state: 'active' }] as const
      const trust = new TrustStore([{ trustDomain: 'test.example', anchors }])
      const identify = identityRules([{ spiffe, tenant: 'default', scopes: [] }])
      const peerCertificate = { der: leaf.der, chain: [between.der] }
      assert.equal(await reasonAt(NOW, mtls({ trust, identify }), { peerCertificate }), reason)
    })
  }
  const signing = [
    [undefined, 'allowed'],
    ['revoked', 'http-signature.revoked'],
    ['expired', 'http-signature.key-expired'],
  ] as const
  for (const [broken, reason] of signing) {
    it(`httpSignature, ${broken ?? 'good'}: ${reason}`, async () => {
      const fault = broken === undefined ? {} : { broken }
      const { key, credential } = await mint.httpSignature({ now: NOW, ...fault })
      const source = { kind: 'records', find: () => credential } as const
      const method = httpSignature({ algorithms: ['ecdsa-p256-sha256'], source, replay })
      const request = { method: 'GET', url: 'https://api.example.test/', headers: [] }
      const headers = await signRequest(request, { key, clock: () => NOW * 1000 })
      assert.equal(await reasonAt(NOW, method, { headers }), reason)
    })
  }
  const access = [
    [undefined, 'allowed'],
    ['wrong-secret', 'sigv4.signature-invalid'],
    ['unknown', 'sigv4.key-unknown'],
    ['revoked', 'sigv4.revoked'],
  ] as const
  for (const [broken, reason] of access) {
    it(`sigv4, ${broken ?? 'good'}: ${reason}`, async () => {
      const fault = broken === undefined ? {} : { broken }
      const { accessKeyId, secretAccessKey, source } = mint.sigv4({ now: NOW, ...fault })
      const scope = { region: 'eu-1', service: 'orders' }
      const key = { secret: new Secret(secretAccessKey) }
      const request = { method: 'GET', url: 'https://api.example.test/' }
      const headers = await signSigV4(request, { ...scope, accessKeyId, key, now: NOW })
      assert.equal(await reasonAt(NOW, sigv4({ ...scope, source, replay }), { headers }), reason)
    })
  }
  it('dpop: the key of a client, and the thumbprint that a token names', async () => {
    const { jkt, jwk } = await mint.dpop()
    assert.match(jkt, /^[\w-]{43}$/)
    assert.equal(jwk['crv'], 'P-256')
  })
})
