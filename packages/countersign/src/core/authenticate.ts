import { toSeconds } from './clock.ts'
import { readAuthorization, type CredentialsError } from './credentials.ts'
import { resolveClient } from './forwarded.ts'
import type { ResolvedGuard } from './guard-options.ts'
import type { LimitDemand } from './limits.ts'
import { map, type MaybePromise } from './maybe.ts'
import type { Attempt, CredentialLocation, Method } from './method.ts'
import { addressPrefix, isInNetworks } from './network.ts'
import type { RequestView } from './request.ts'
import type { Trace } from './trace.ts'
import { ABSENT, rejected, type Verdict } from './verdict.ts'

/** A request as the guard opened it. */
export interface Opened {
  readonly attempt: Attempt
  /** Why the `Authorization` header cannot be read, when it cannot. */
  readonly malformed: CredentialsError | undefined
  /** Milliseconds since the epoch. */
  readonly nowMs: number
}

/** A verdict, and whether the request carried any credential. */
export interface Authentication {
  readonly verdict: Verdict
  readonly presented: boolean
}

/** Reads what every method wants to know of a request. Verifies nothing. */
export function openAttempt(
  policy: ResolvedGuard,
  view: RequestView,
  trace: Trace | undefined,
): Opened {
  const authorization = readAuthorization(view)
  const client = resolveClient(view, policy.trustedProxies)
  const nowMs = policy.clock()
  const attempt: Attempt = {
    view,
    authorization: authorization.ok ? authorization.value : undefined,
    scheme: client.scheme,
    clientAddress: client.address,
    now: toSeconds(nowMs),
    trace,
  }
  return { attempt, malformed: authorization.ok ? undefined : authorization.error, nowMs }
}

/**
 * Asks the methods of a guard in order. Checks, in order: network allow-list, web origin, failures of the
 * client's address prefix, one readable `Authorization`, one place of credentials, the method's own
 * checks. The first failure decides; a rejected credential is never offered to another method.
 */
export function authenticate(policy: ResolvedGuard, opened: Opened): MaybePromise<Authentication> {
  const { attempt, nowMs } = opened
  const denied = checkNetwork(policy, attempt) ?? checkOrigin(policy, attempt)
  if (denied !== undefined) return { verdict: denied, presented: isPresented(opened) }
  if (policy.failures === undefined) return readAndAsk(policy, opened)
  return map(checkFailures(policy, attempt, nowMs), (blocked) =>
    blocked === undefined
      ? readAndAsk(policy, opened)
      : { verdict: blocked, presented: isPresented(opened) },
  )
}

const isPresented = ({ malformed, attempt }: Opened): boolean =>
  malformed !== undefined || attempt.authorization !== undefined

function readAndAsk(
  policy: ResolvedGuard,
  { malformed, attempt }: Opened,
): MaybePromise<Authentication> {
  if (malformed !== undefined) return { verdict: unreadable(malformed, attempt), presented: true }
  return askMethods(policy.methods, attempt)
}

function checkNetwork(policy: ResolvedGuard, attempt: Attempt): Verdict | undefined {
  if (policy.networks === undefined) return undefined
  const inside = isInNetworks(attempt.clientAddress, policy.networks)
  attempt.trace?.check('request.network', inside, undefined, attempt.clientAddress)
  return inside ? undefined : rejected('request.network-denied')
}

/** A browser says whose page asks; what was rebound to our address still says its own name. */
function checkOrigin({ origins }: ResolvedGuard, { view, trace }: Attempt): Verdict | undefined {
  if (origins === undefined) return undefined
  const sent = view.header('origin')
  const known = sent.every((origin) => origins.includes(origin))
  trace?.check('request.origin', known, origins, sent)
  return known ? undefined : rejected('request.origin-denied')
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

function unreadable(reason: CredentialsError, { trace }: Attempt): Verdict {
  trace?.check('request.authorization', false, 'one well-formed Authorization header')
  return rejected(reason)
}

function askMethods(methods: readonly Method[], attempt: Attempt): MaybePromise<Authentication> {
  let chosen: Method | undefined
  let place: CredentialLocation | undefined
  const others: CredentialLocation[] = []
  for (const method of methods) {
    const location = method.locate(attempt)
    if (location === undefined || location === place) continue
    if (place === undefined) {
      chosen = method
      place = location
    } else if (takes(method, place)) {
      others.push(place)
      chosen = method
      place = location
    } else others.push(location)
  }
  const second = others.find((other) => chosen !== undefined && !takes(chosen, other))
  if (place !== undefined && second !== undefined) {
    return severalCredentials(attempt, place, second)
  }
  // An Authorization header that nobody claims next to a located credential is a second one.
  if (chosen === undefined || place === undefined) {
    return { verdict: ABSENT, presented: attempt.authorization !== undefined }
  }
  const unclaimed = place !== 'authorization' && attempt.authorization !== undefined
  if (unclaimed && !takes(chosen, 'authorization')) {
    return severalCredentials(attempt, place, 'authorization')
  }
  return map(chosen.verify(attempt), located)
}

/** The policy names the combination: the method reads what lies at the other place itself. */
const takes = ({ besides }: Method, place: CredentialLocation): boolean =>
  besides?.includes(place) === true

/** What a method says of the credential that it located. */
const located = (verdict: Verdict): Authentication => ({ verdict, presented: true })

function severalCredentials(
  { trace }: Attempt,
  ...places: readonly CredentialLocation[]
): Authentication {
  trace?.check('request.one-credential', false, 'one place', places)
  return located(rejected('request.multiple-credentials', { places }))
}
