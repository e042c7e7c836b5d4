import { strict as assert } from 'node:assert'
import { it } from 'node:test'
import { claimExpiry } from './replay.ts'

it('remembers for maxAge and twice the tolerance after the signature (SR-106)', () => {
  assert.equal(claimExpiry(1000, { maxAgeSeconds: 60, toleranceSeconds: 5 }), 1070)
  assert.equal(claimExpiry(1000.5, { maxAgeSeconds: 60, toleranceSeconds: 0 }), 1060.5)
})

it('outlives every second in which the request is accepted (keycloak#43505)', () => {
  const window = { maxAgeSeconds: 10, toleranceSeconds: 15 }
  for (let signedAt = -15; signedAt <= 25; signedAt += 1) {
    const lastAccepted = signedAt + window.maxAgeSeconds + window.toleranceSeconds
    assert.ok(claimExpiry(signedAt, window) >= lastAccepted)
    assert.ok(claimExpiry(signedAt, window) - lastAccepted >= window.toleranceSeconds)
  }
})
