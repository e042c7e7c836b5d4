import { readAuthorization, type Credentials } from './credentials.ts'
import { resolveClient } from './forwarded.ts'
import type { ResolvedGuard } from './guard-options.ts'
import type { LimitDemand } from './limits.ts'
import { map, type MaybePromise } from './maybe.ts'
import type { Attempt, CredentialLocation, Method } from './method.ts'
import { addressPrefix, isInNetworks } from './network.ts'
import type { RequestView } from './request.ts'
import type { Result } from './result.ts'
import type { Trace } from './trace.ts'
import { ABSENT, rejected, type Verdict } from './verdict.ts'

/** A verdict, and whether the request carried any credential. */
export interface Authentication {
  readonly verdict: Verdict
  readonly presented: boolean
  readonly attempt: Attempt
}

/** One request on its way through a guard. */
export interface Arrival {
  readonly view: RequestView
  /** Milliseconds since the epoch. */
  readonly nowMs: number
  readonly trace: Trace | undefined
}

/**
 * Asks the methods of a guard in order. Checks, in order: network allow-list, failures of the
 * client's address prefix, one readable `Authorization`, one place of credentials, the method's own
 * checks. The first failure decides; a rejected credential is never offered to another method.
 */
export function authenticate(
  policy: ResolvedGuard,
  arrival: Arrival,
): MaybePromise<Authentication> {
  const { view, nowMs, trace } = arrival
  const authorization = readAuthorization(view)
  const attempt = open(policy, arrival, authorization)
  const presented = !authorization.ok || authorization.value !== undefined
  const settle = (verdict: Verdict, seen = presented): Authentication => ({
    verdict,
    presented: seen,
    attempt,
  })
  const denied = checkNetwork(policy, attempt)
  if (denied !== undefined) return settle(denied)
  return map(checkFailures(policy, attempt, nowMs), (blocked) => {
    if (blocked !== undefined) return settle(blocked)
    if (!authorization.ok) return settle(malformed(authorization.error, trace))
    return map(askMethods(policy.methods, attempt), ({ verdict, located }) =>
      settle(verdict, presented || located),
    )
  })
}

function open(
  policy: ResolvedGuard,
  { view, nowMs, trace }: Arrival,
  authorization: Result<Credentials | undefined, unknown>,
): Attempt {
  const client = resolveClient(view, policy.trustedProxies)
  return {
    view,
    authorization: authorization.ok ? authorization.value : undefined,
    scheme: client.scheme,
    clientAddress: client.address,
    now: Math.floor(nowMs / 1000),
    trace,
  }
}

function checkNetwork(policy: ResolvedGuard, attempt: Attempt): Verdict | undefined {
  if (policy.networks === undefined) return undefined
  const inside = isInNetworks(attempt.clientAddress, policy.networks)
  attempt.trace?.check('request.network', inside, undefined, attempt.clientAddress)
  return inside ? undefined : rejected('request.network-denied')
}

/** The demand that counts one failed authentication of a client's address prefix. */
export const failureDemand = (policy: ResolvedGuard, attempt: Attempt): LimitDemand[] =>
  policy.failures === undefined
    ? []
    : [{ policy: policy.failures, key: `address:${addressPrefix(attempt.clientAddress)}`, cost: 1 }]

function checkFailures(
  policy: ResolvedGuard,
  attempt: Attempt,
  nowMs: number,
): MaybePromise<Verdict | undefined> {
  if (policy.failures === undefined) return undefined
  return map(policy.store.peek(failureDemand(policy, attempt), nowMs), ({ allowed, states }) => {
    attempt.trace?.check('request.failures', allowed)
    if (allowed) return undefined
    const retryAfterSeconds = states[0]?.retryAfterSeconds ?? 1
    return rejected('request.too-many-failures', { retryAfterSeconds })
  })
}

function malformed(
  reason: 'request.duplicate-authorization' | 'request.malformed-authorization',
  trace: Trace | undefined,
): Verdict {
  trace?.check('request.authorization', false, 'one well-formed Authorization header')
  return rejected(reason)
}

function askMethods(
  methods: readonly Method[],
  attempt: Attempt,
): MaybePromise<{ readonly verdict: Verdict; readonly located: boolean }> {
  let chosen: Method | undefined
  let place: CredentialLocation | undefined
  for (const method of methods) {
    const location = method.locate(attempt)
    if (location === undefined) continue
    if (place === undefined) {
      chosen = method
      place = location
    } else if (place !== location) return severalCredentials(attempt, place, location)
  }
  // An Authorization header that nobody claims next to a located credential is a second one.
  if (place !== undefined && place !== 'authorization' && attempt.authorization !== undefined) {
    return severalCredentials(attempt, place, 'authorization')
  }
  if (chosen === undefined) return { verdict: ABSENT, located: false }
  return map(chosen.verify(attempt), (verdict) => ({ verdict, located: true }))
}

function severalCredentials(
  { trace }: Attempt,
  ...places: readonly CredentialLocation[]
): { readonly verdict: Verdict; readonly located: boolean } {
  trace?.check('request.one-credential', false, 'one place', places)
  return { verdict: rejected('request.multiple-credentials', { places }), located: true }
}
