import { strict as assert } from 'node:assert'
import { describe, it } from 'node:test'
import type { Refused } from './decision.ts'
import type { LimitState } from './limits.ts'
import type { Challenge } from './method.ts'
import { REASONS, reasonOf, WIRE_TITLES, type ReasonCode } from './reasons.ts'
import { answer, rateLimitHeaders, type Answer } from './response.ts'

const CHALLENGES: readonly Challenge[] = [
  { scheme: 'Bearer' },
  { scheme: 'Basic', parameters: { charset: 'UTF-8' } },
]
const desk = { realm: 'api', challenges: CHALLENGES }

const refused = (reason: ReasonCode, more: Partial<Refused> = {}): Refused => ({
  outcome: 'refused',
  decisionId: 'dec_0000000000000000000000',
  reason,
  detail: { kid: 'detail-for-the-operator' },
  presented: true,
  requiredScopes: [],
  retryAfterSeconds: 0,
  limits: [],
  fields: [],
  at: 1_700_000_000,
  ...more,
})

const fields = ({ headers }: Answer, name: string): readonly string[] =>
  headers.filter(([field]) => field === name).map(([, value]) => value)

// Object.keys of the table: its keys are the codes.
const ALL = Object.keys(REASONS) as ReasonCode[]

describe('answer', () => {
  for (const reason of ALL) {
    it(`tells the caller of ${reason} the generic code and the decision id, and no more`, () => {
      const { status, headers, body } = answer(refused(reason), desk)
      const { wire } = reasonOf(reason)
      assert.equal(status, reasonOf(reason).status)
      assert.deepEqual(JSON.parse(body), {
        type: `https://countersign.dev/problems/${wire}`,
        title: WIRE_TITLES[wire],
        status,
        code: wire,
        decisionId: 'dec_0000000000000000000000',
        // SR-109: and the time to who has another one.
        ...(wire === 'clock-skew' ? { serverTime: 1_700_000_000 } : {}),
      })
      assert(!JSON.stringify([headers, body]).includes('detail-for-the-operator'))
      assert(/^[\x20-\x7e]*$/.test(body), 'adapters count characters as bytes')
    })
  }
  it('SR-201: cannot be told apart for an unknown key and a wrong secret', () => {
    const twins: readonly (readonly [ReasonCode, ReasonCode])[] = [
      ['api-key.unknown', 'api-key.secret-mismatch'],
      ['api-key.unknown', 'api-key.checksum-invalid'],
      ['api-key.unknown', 'api-key.revoked'],
      ['jwt.key-unknown', 'jwt.signature-invalid'],
    ]
    for (const [one, other] of twins) {
      assert.deepEqual(answer(refused(one), desk), answer(refused(other), desk))
    }
  })
  it('is stored by no cache', () => {
    assert.deepEqual(fields(answer(refused('jwt.expired'), desk), 'cache-control'), ['no-store'])
  })
  it('grants and refuses nothing to a preflight', () => {
    assert.deepEqual(answer({ outcome: 'preflight' }, desk), { status: 204, headers: [], body: '' })
  })
})

describe('challenges', () => {
  const cases: readonly (readonly [string, Refused, readonly string[]])[] = [
    [
      'name no error when nothing was presented (RFC 6750 §3.1)',
      refused('request.credential-missing', { presented: false, requiredScopes: ['a:read', 'b'] }),
      ['Bearer realm="api", scope="a:read b"', 'Basic realm="api", charset="UTF-8"'],
    ],
    [
      'name no error when nothing was presented, whatever the reason',
      refused('jwt.expired', { presented: false }),
      ['Bearer realm="api"', 'Basic realm="api", charset="UTF-8"'],
    ],
    [
      'say invalid_token for a bad credential',
      refused('jwt.signature-invalid'),
      ['Bearer realm="api", error="invalid_token"', 'Basic realm="api", charset="UTF-8"'],
    ],
    [
      'say invalid_request for a malformed request',
      refused('request.duplicate-authorization'),
      ['Bearer realm="api", error="invalid_request"', 'Basic realm="api", charset="UTF-8"'],
    ],
    [
      'say insufficient_scope, and which, on 403',
      refused('permission.scope-missing', { requiredScopes: ['a:read'] }),
      [
        'Bearer realm="api", error="insufficient_scope", scope="a:read"',
        'Basic realm="api", charset="UTF-8"',
      ],
    ],
    [
      'say what authentication is asked for, and of Bearer only (RFC 9470 §3)',
      refused('permission.authentication-insufficient', {
        authentication: { acr: ['urn:high', 'urn:mid'], maxAgeSeconds: 60.5 },
        requiredScopes: ['a:read'],
      }),
      [
        'Bearer realm="api", error="insufficient_user_authentication", acr_values="urn:high urn:mid", max_age="60", scope="a:read"',
        'Basic realm="api", charset="UTF-8"',
      ],
    ],
    ['are absent where another credential would not help', refused('request.network-denied'), []],
    ['are absent from a 429', refused('limit.exceeded'), []],
    [
      'are absent from a 503: nobody is logged out by an outage',
      refused('request.unavailable'),
      [],
    ],
  ]
  for (const [what, decision, expected] of cases) {
    it(what, () => {
      assert.deepEqual(fields(answer(decision, desk), 'www-authenticate'), expected)
    })
  }
  it('stand on every 401', () => {
    for (const reason of ALL.filter((code) => reasonOf(code).status === 401)) {
      assert.equal(fields(answer(refused(reason), desk), 'www-authenticate').length, 2, reason)
    }
  })
  it('cannot be ended early by a realm', () => {
    const decision = refused('jwt.expired')
    const { headers } = answer(decision, { realm: 'a"b\\c', challenges: [{ scheme: 'ApiKey' }] })
    assert.deepEqual(
      headers.find(([name]) => name === 'www-authenticate'),
      ['www-authenticate', String.raw`ApiKey realm="a\"b\\c"`],
    )
  })
})

describe('waiting', () => {
  it('is announced in whole seconds, and only where it helps', () => {
    const waiting = answer(refused('limit.exceeded', { retryAfterSeconds: 7 }), desk)
    assert.deepEqual(fields(waiting, 'retry-after'), ['7'])
    assert.deepEqual(fields(answer(refused('jwt.expired'), desk), 'retry-after'), [])
  })
})

const state = (name: string, remaining: number, resetSeconds: number): LimitState => ({
  policy: { name, algorithm: 'gcra', limit: 10, windowSeconds: 60 },
  remaining,
  resetSeconds,
  retryAfterSeconds: 0,
})

describe('rateLimitHeaders', () => {
  it('writes nothing for no limits', () => {
    assert.deepEqual(rateLimitHeaders([]), [])
  })
  it('promises no part of a unit, and no reset before its time', () => {
    assert.deepEqual(rateLimitHeaders([state('per-key', 3.9, 12.1)]), [
      ['ratelimit-policy', '"per-key";q=10;w=60'],
      ['ratelimit', '"per-key";r=3;t=13'],
    ])
  })
  it('lists several limits in their order, in one field each', () => {
    assert.deepEqual(rateLimitHeaders([state('a', 1, 2), state('b', 3, 4)]), [
      ['ratelimit-policy', '"a";q=10;w=60, "b";q=10;w=60'],
      ['ratelimit', '"a";r=1;t=2, "b";r=3;t=4'],
    ])
  })
  it('stands on the answer to a request that was limited', () => {
    const limits = [state('per-key', 0, 9)]
    const limited = answer(refused('limit.exceeded', { limits }), desk)
    assert.deepEqual(fields(limited, 'ratelimit'), ['"per-key";r=0;t=9'])
  })
})
