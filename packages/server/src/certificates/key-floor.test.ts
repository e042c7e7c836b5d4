import assert from 'node:assert/strict'
import { createPublicKey, ECDH, randomBytes } from 'node:crypto'
import { suite, test } from 'node:test'
import { readSubjectKey, spkiOf } from './key-floor.ts'
import { p256 } from './testing/request.ts'

const POINT_BYTES = 65

/** The key with its point compressed, and the lengths around it made to fit. */
function compressed(spki: Buffer): Buffer {
  const point = ECDH.convertKey(
    spki.subarray(-POINT_BYTES),
    'prime256v1',
    undefined,
    undefined,
    'compressed',
  )
  const copy = Buffer.concat([spki.subarray(0, -POINT_BYTES), Buffer.from(point)])
  copy.writeUInt8(copy.length - 2, 1)
  copy.writeUInt8(34, copy.length - 35)
  return copy
}

function rsaOf(bytes: number): Buffer {
  const n = randomBytes(bytes)
  n.writeUInt8(0x80, 0)
  n.writeUInt8(1, bytes - 1)
  const jwk = { kty: 'RSA', n: n.toString('base64url'), e: 'AQAB' }
  return spkiOf(createPublicKey({ key: jwk, format: 'jwk' }))
}

suite('the key of a request', () => {
  test('is certified in one form, in whichever it came', () => {
    const spki = spkiOf(p256().publicKey)
    const read = readSubjectKey(compressed(spki))
    assert.ok(read.ok)
    assert.deepEqual(read.value.spki, spki)
  })

  test('is not so large that every handshake pays for it', () => {
    assert.equal(readSubjectKey(rsaOf(1024)).ok, true)
    assert.deepEqual(readSubjectKey(rsaOf(1025)), { ok: false, error: 'weak-key' })
  })

  test('is refused without a word of OpenSSL when it is none', () => {
    assert.deepEqual(readSubjectKey(randomBytes(64)), { ok: false, error: 'malformed' })
  })
})
