import assert from 'node:assert/strict'
import { createLocalJWKSet, jwtVerify } from 'jose'
import { test } from 'node:test'
import type { SigningKeyRecord } from '../model/records.ts'
import { generateKey, type NewKey } from './generate.ts'
import { SIGNING_ALGORITHMS, type SigningAlgorithm } from './rules.ts'
import { makeSigner } from './signer.ts'
import { OwnTokenVerifier } from './verifier.ts'

const CLAIMS = { sub: 'someone', note: 'Ünïcode ☃' }

const recordOf = ({ kid, publicJwk }: NewKey, algorithm: SigningAlgorithm): SigningKeyRecord => ({
  tenant: 'default',
  id: kid,
  algorithm,
  state: 'signing',
  publicJwk,
  sealedPrivateJwk: '',
  kekVersion: 1,
  createdAt: 0,
  signsAt: 0,
  retiredAt: null,
  deletesAt: null,
})

for (const algorithm of SIGNING_ALGORITHMS) {
  test(`signs ${algorithm} tokens that jose accepts with the published key`, async () => {
    const key = await generateKey(algorithm)
    const signer = makeSigner(key.kid, algorithm, key.privateJwk)
    const keys = createLocalJWKSet({ keys: [key.publicJwk] })
    // ECDSA signatures vary in length before they are padded; a few rounds meet every case.
    for (let round = 0; round < (algorithm === 'ES256' ? 300 : 3); round += 1) {
      const token = await signer.sign('at+jwt', { ...CLAIMS, round })
      const { payload, protectedHeader } = await jwtVerify(token, keys, { typ: 'at+jwt' })
      assert.equal(payload['note'], CLAIMS.note)
      assert.deepEqual(protectedHeader, { alg: algorithm, typ: 'at+jwt', kid: key.kid })
    }
  })

  test(`recognises its own ${algorithm} tokens, and no altered one`, async () => {
    const key = await generateKey(algorithm)
    const verifier = new OwnTokenVerifier([recordOf(key, algorithm)], 'at+jwt')
    const signer = makeSigner(key.kid, algorithm, key.privateJwk)
    const token = await signer.sign('at+jwt', CLAIMS)
    assert.deepEqual(verifier.verify(token), { claims: CLAIMS, keyId: key.kid })
    const [header = '', payload = '', signature = ''] = token.split('.')
    const other = Buffer.from('{"sub":"other"}').toString('base64url')
    const none = Buffer.from('{"alg":"none"}').toString('base64url')
    const altered: Readonly<Record<string, string>> = {
      'another payload': `${header}.${other}.${signature}`,
      'no signature': `${header}.${payload}.`,
      'no third part': `${header}.${payload}`,
      'alg none': `${none}.${payload}.`,
      'padded signature': `${token}=`,
      'trailing text': `${token}A`,
      'a fourth part': `${token}.AA`,
      'white space': `${token} `,
      nothing: '',
      dots: '..',
    }
    for (const [name, text] of Object.entries(altered)) {
      assert.equal(verifier.verify(text), undefined, name)
    }
  })
}

test('does not take a token of another typ, signed by the same key', async () => {
  const key = await generateKey('ES256')
  const verifier = new OwnTokenVerifier([recordOf(key, 'ES256')], 'at+jwt')
  const signer = makeSigner(key.kid, 'ES256', key.privateJwk)
  assert.equal(verifier.verify(await signer.sign('logout+jwt', CLAIMS)), undefined)
})

test('publishes the public part only', async () => {
  for (const algorithm of SIGNING_ALGORITHMS) {
    const { publicJwk } = await generateKey(algorithm)
    for (const member of ['d', 'p', 'q', 'dp', 'dq', 'qi', 'k']) assert.ok(!(member in publicJwk))
  }
})
