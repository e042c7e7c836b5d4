import { strict as assert } from 'node:assert'
import { describe, it } from 'node:test'
import { REASONS, reasonOf, WIRE_TITLES, type Reason, type WireCode } from './reasons.ts'

const rows = Object.entries<Reason>(REASONS)

/** What status a wire code may come with. */
const STATUS: Readonly<Record<WireCode, number>> = {
  'credential-missing': 401,
  'credential-invalid': 401,
  'credential-expired': 401,
  'authentication-insufficient': 401,
  'request-malformed': 400,
  'request-replayed': 401,
  'body-mismatch': 401,
  'body-too-large': 413,
  'clock-skew': 401,
  'https-required': 403,
  'permission-denied': 403,
  'network-denied': 403,
  'origin-denied': 403,
  'rate-limited': 429,
  unavailable: 503,
}

/** RFC 6750 §3.1: which error goes with which status. */
const ERROR_STATUS = {
  invalid_request: 400,
  invalid_token: 401,
  insufficient_scope: 403,
  // RFC 9470 §3.
  insufficient_user_authentication: 401,
  // RFC 9449 §7.1: both come with 401.
  invalid_dpop_proof: 401,
  use_dpop_nonce: 401,
} as const

describe('the table of reasons', () => {
  it('names every reason method.what', () => {
    for (const [code] of rows) assert.match(code, /^[a-z][a-z0-9-]*\.[a-z][a-z0-9-]*$/, code)
  })

  it('gives every row a status that belongs to its wire code', () => {
    for (const [code, { wire, status }] of rows) assert.equal(status, STATUS[wire], code)
  })

  it('gives every row an error that belongs to its status', () => {
    for (const [code, { error, status }] of rows) {
      if (error !== undefined) assert.equal(ERROR_STATUS[error], status, code)
    }
  })

  it('gives every row a rule and an advice that ends in a full stop', () => {
    for (const [code, { rule, advice }] of rows) {
      assert.ok(rule.length > 3, code)
      assert.match(advice, /[.?]$/, code)
    }
  })

  it('answers what must not be told apart with one wire code and one error (SR-201)', () => {
    const groups = [
      [
        'api-key.malformed',
        'api-key.checksum-invalid',
        'api-key.environment-mismatch',
        'api-key.unknown',
        'api-key.secret-mismatch',
        'api-key.revoked',
        'api-key.not-yet-valid',
      ],
      ['opaque.malformed', 'opaque.inactive', 'opaque.revoked', 'opaque.audience-mismatch'],
      ['jwt.malformed', 'jwt.signature-invalid', 'jwt.key-unknown', 'jwt.revoked'],
      ['basic.credentials-invalid', 'basic.revoked'],
    ] as const
    for (const group of groups) {
      const answers = group.map((code) => {
        const { status, wire, error } = reasonOf(code)
        return JSON.stringify([status, wire, error])
      })
      assert.equal(new Set(answers).size, 1, group.join())
    }
  })

  it('has a title for every wire code, and uses each', () => {
    const used = new Set(rows.map(([, { wire }]) => wire))
    assert.deepEqual(new Set(Object.keys(WIRE_TITLES)), used)
  })
})
