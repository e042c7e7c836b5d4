/** Asks what is accepted, and holds the answers against what was acknowledged. */
import { requestView } from 'countersign/testing'
import { endOf, isLiving } from './ledger.ts'
import type { Node } from './node.ts'
import { administer, type Holding, type Verifier, type World } from './world.ts'

/** `unknown`: 503, or no answer. A reason: why it was refused. */
type Seen = 'accepted' | 'unknown' | { readonly refused: string }

/** As the library states it: `max(maxStalenessSeconds, 2.5 heartbeats)`, and whole seconds. */
const BROKEN_FEED_MS = 12_500 + 1000
/** The bound while nothing is broken. */
const CALM_MS = 1000
/** How long a fault may be felt after it is over: feeds come back with a backoff. */
const SETTLE_MS = 6000
const LIFE_MS = 600_000

/** What depends on a clock, and is refused rather than believed when one is wrong. */
const BY_CLOCK = /expired|not-yet|future|fenced|created|stale|inactive|lifetime/
const BY_KEY = /key-unknown|inactive/

/** Asks a verifier or a node whether it accepts a credential, and judges the answer. */
export async function checkHolding(
  world: World,
  holding: Holding,
  at: Verifier | Node,
): Promise<void> {
  const { ledger } = world
  const started = Date.now()
  const seen = 'desk' in at ? await askVerifier(at, holding) : await askNode(world, at, holding)
  if (seen === 'unknown') return ledger.count('not decided')
  const says = seen === 'accepted' ? seen : seen.refused
  ledger.note(holding, `${at.name}: ${says}`)
  if (seen === 'accepted') judgeAccepted(world, holding, { at: at.name, started })
  else judgeRefused(world, holding, { at: at.name, reason: seen.refused })
  return undefined
}

function judgeAccepted(
  { ledger, weather }: World,
  holding: Holding,
  { at, started }: { readonly at: string; readonly started: number },
): void {
  // Counted where it holds, too: a rule that nothing was held to says nothing.
  if (isLiving(holding.marks)) ledger.check('nothing good is refused', true, holding, () => '')
  const ended = endOf(holding.marks)
  const late = started - ended
  const isCalm = weather.fault === undefined && ended > weather.calmSince + SETTLE_MS
  const bound = isCalm ? CALM_MS + lag() : BROKEN_FEED_MS + lag()
  if (late > 0)
    ledger.took(isCalm ? 'ended, still accepted' : 'ended, still accepted (fault)', late)
  ledger.check(
    'nothing is accepted after its bound',
    late <= bound,
    holding,
    () => `accepted by ${at} ${late} ms after its end was acknowledged; the bound was ${bound} ms`,
  )
}

function judgeRefused(
  { ledger, weather }: World,
  holding: Holding,
  { at, reason }: { readonly at: string; readonly reason: string },
): void {
  const now = Date.now()
  if (!isLiving(holding.marks) || now - holding.since > LIFE_MS) {
    ledger.count('refused after the end')
    return
  }
  const byClock = now < weather.wrongClockUntil && BY_CLOCK.test(reason)
  const byKey = now < weather.newKeyUntil && holding.kind === 'jwt' && BY_KEY.test(reason)
  if (byClock || byKey)
    return ledger.count(byClock ? 'refused by the clock' : 'refused by a new key')
  ledger.check('nothing good is refused', false, holding, () => `refused by ${at}: ${reason}`)
}

async function askVerifier({ desk }: Verifier, { kind, value }: Holding): Promise<Seen> {
  const name = kind === 'api-key' ? 'x-api-key' : 'authorization'
  const headers = [[name, kind === 'api-key' ? value : `Bearer ${value}`]] as const
  const decision = await desk.check(requestView({ headers }), { scopes: ['orders:read'] })
  if (decision.outcome !== 'refused') return 'accepted'
  return decision.reason === 'request.unavailable' ? 'unknown' : { refused: decision.reason }
}

async function askNode(world: World, node: Node, { kind, value }: Holding): Promise<Seen> {
  if (kind !== 'api-key') {
    const form = { token: value }
    const given = { operation: 'introspect', path: '/oauth/introspect', form }
    const answer = await administer(world, given, node)
    if (answer === undefined) return 'unknown'
    return answer.body['active'] === true ? 'accepted' : { refused: `inactive ${answer.status}` }
  }
  const json = { credential: { kind, value } }
  const answer = await administer(
    world,
    { operation: 'verify key', path: '/v1/verify', json },
    node,
  )
  if (answer === undefined) return 'unknown'
  const { outcome, reason = answer.status, principal } = answer.body
  const hasScope = JSON.stringify(principal ?? {}).includes('orders:read')
  if (outcome === 'accepted') return hasScope ? 'accepted' : { refused: 'scope' }
  return { refused: String(reason) }
}

/** How late the timers of this process are: what it measures can be late by as much. */
let lateness = 0
let before = performance.now()
setInterval(() => {
  const now = performance.now()
  lateness = Math.max(lateness * 0.9, now - before - 100)
  before = now
}, 100).unref()
const lag = (): number => Math.round(lateness * 2)
