/**
 * What every method must do, for whoever implements one: the three-way answer, never an exception
 * for what a caller sends, never a secret in what an operator reads.
 */
import { strict as assert } from 'node:assert'
import { before, describe, it } from 'node:test'
import type { Attack } from '../core/attack.ts'
import type { Decision, DecisionRecord } from '../core/decision.ts'
import { guard } from '../core/guard.ts'
import type { MaybePromise } from '../core/maybe.ts'
import type { Attempt, Method } from '../core/method.ts'
import { readAuthorization } from '../core/credentials.ts'
import type { ReasonCode } from '../core/reasons.ts'
import { answer } from '../core/response.ts'
import { Trace } from '../core/trace.ts'
import { hostileRequests } from './hostile.ts'
import { requestView, type RequestParts } from './request.ts'

/** A method under test, and what is known about it. */
export interface MethodSubject {
  readonly method: Method
  /** Requests that must be accepted; at least one. */
  readonly accepted: readonly RequestParts[]
  /** Attacks; at least five. */
  readonly attacks: readonly Attack[]
  /** Texts that must not appear in any verdict, trace, record or answer. */
  readonly secrets: readonly string[]
  /** Seconds since the epoch that the credentials are good at. */
  readonly now: number
  /** What the second use of a request is refused with, by a method that accepts each one once. */
  readonly replayed?: ReasonCode
}

/**
 * Declares the tests of a method. `make` is asked anew for each group of tests, so that counters
 * and caches of one do not reach into the next.
 */
export function methodContract(name: string, make: () => MaybePromise<MethodSubject>): void {
  describe(`${name} keeps the method contract`, () => {
    let subject: MethodSubject
    before(async () => {
      subject = await make()
    })
    it('is absent from a request without a credential', () => assertAbsent(subject))
    it('accepts its own credentials and names them', () => assertAccepted(subject))
    it('refuses every attack for its reason', async () => assertRefused(await make()))
    it('never throws, whatever is sent', async () => assertCalm(await make()))
    it('shows no secret to anybody', async () => assertDiscreet(await make()))
  })
}

async function assertAbsent({ method, now }: MethodSubject): Promise<void> {
  const bare = attemptOf({}, now)
  assert.equal(method.locate(bare), undefined)
  const { decision } = await decide({ method, now }, {})
  assert.equal(decision.outcome === 'refused' && decision.reason, 'request.credential-missing')
}

async function assertAccepted({ method, accepted, now, replayed }: MethodSubject): Promise<void> {
  assert.ok(accepted.length > 0, 'a method needs at least one accepted request')
  for (const parts of accepted) {
    assert.notEqual(method.locate(attemptOf(parts, now)), undefined)
    // Twice: from the source, and from the lease.
    for (const round of ['first', 'again']) {
      const { decision } = await decide({ method, now }, parts)
      if (round === 'again' && replayed !== undefined) {
        assert.equal(decision.outcome === 'refused' && decision.reason, replayed)
        continue
      }
      assert.equal(decision.outcome, 'allowed', `${round}: ${JSON.stringify(decision)}`)
      const { principal } = decision
      assert.equal(principal.method, method.name)
      assert.ok(principal.credentialId !== '' && principal.tenant !== '' && principal.id !== '')
    }
  }
}

async function assertRefused({ method, attacks, now }: MethodSubject): Promise<void> {
  assert.ok(attacks.length >= 5, 'a method needs at least five attacks')
  assert.equal(new Set(attacks.map((attack) => attack.name)).size, attacks.length)
  for (const attack of attacks) {
    if (attack.captured === true) {
      const { decision: original } = await decide({ method, now }, attack)
      assert.equal(original.outcome, 'allowed', `${attack.name}: before it was captured`)
    }
    const { decision } = await decide({ method, now }, attack)
    const found = decision.outcome === 'refused' ? decision.reason : decision.outcome
    assert.equal(found, attack.reason, attack.name)
  }
}

/** The answer to a hostile request is a verdict; anything that is thrown is a bug. */
async function assertCalm({ method, accepted, now }: MethodSubject): Promise<void> {
  for (const parts of hostileRequests(accepted)) {
    const attempt = attemptOf(parts, now)
    if (method.locate(attempt) === undefined) continue
    const verdict = await method.verify(attempt)
    assert.notEqual(verdict.outcome, 'absent', 'what was located has a verdict')
  }
}

async function assertDiscreet(subject: MethodSubject): Promise<void> {
  const { method, now, accepted, attacks, secrets } = subject
  assert.ok(secrets.length > 0, 'name the secrets that must not leak')
  for (const parts of [...accepted, ...attacks]) {
    const { decision, record } = await decide({ method, now }, parts)
    const seen = JSON.stringify([decision, record, wire(method, decision)])
    for (const secret of secrets) assert.ok(!seen.includes(secret), 'a secret is in plain sight')
  }
}

const wire = (method: Method, decision: Decision): unknown =>
  decision.outcome === 'refused'
    ? answer(decision, { realm: 'api', challenges: [method.challenge] })
    : undefined

async function decide(
  { method, now }: Pick<MethodSubject, 'method' | 'now'>,
  parts: RequestParts,
): Promise<{ readonly decision: Decision; readonly record: DecisionRecord | undefined }> {
  let record: DecisionRecord | undefined
  const desk = guard({
    methods: [method],
    clock: () => now * 1000,
    onDecision: (made) => {
      record = made
    },
  })
  const decision = await desk.check(requestView(parts))
  return { decision, record }
}

function attemptOf(parts: RequestParts, now: number): Attempt {
  const view = requestView(parts)
  const authorization = readAuthorization(view)
  return {
    view,
    authorization: authorization.ok ? authorization.value : undefined,
    scheme: view.scheme,
    clientAddress: view.remoteAddress,
    now,
    trace: new Trace(),
  }
}
