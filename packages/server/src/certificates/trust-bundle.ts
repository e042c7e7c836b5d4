import {
  plannedSeconds,
  retiringSeconds,
  successionSeconds,
  type TrustRules,
} from './trust-rules.ts'

/**
 * The life of a CA in the trust bundle. `planned`: verifiers trust it, it does not sign yet.
 * `active`: it signs. `retiring`: it does not sign any more, verifiers still trust it. `removed`:
 * nobody trusts it.
 */
export type TrustState = 'planned' | 'active' | 'retiring' | 'removed'

/** What the bundle knows of a CA. */
export interface TrustAnchor {
  readonly id: string
  readonly state: TrustState
  /** Seconds since the epoch: when it came into this state. */
  readonly since: number
  /** Seconds since the epoch: the end of its certificate. */
  readonly notAfter: number
  /** DER. */
  readonly certificate: Uint8Array
}

/** One step that the time has come for. */
export type TrustAction =
  | { readonly do: 'create'; readonly state: 'planned' | 'active' }
  | { readonly do: 'move'; readonly id: string; readonly to: TrustState }

/** The part of an anchor that a plan depends on. */
export type PlannedAnchor = Omit<TrustAnchor, 'certificate'>

/** The CA that signs now: of several (two processes raced), the one that started last. */
export const activeAnchor = <A extends PlannedAnchor>(anchors: readonly A[]): A | undefined =>
  anchors.filter(({ state }) => state === 'active').toSorted(latestFirst)[0]

/** The CAs that verifiers are to trust, in a stable order. */
export const trustedAnchors = <A extends PlannedAnchor>(anchors: readonly A[]): readonly A[] =>
  anchors.filter(({ state }) => state !== 'removed').toSorted(latestFirst)

/**
 * Decides what to do with the CAs of an installation now. Pure and idempotent.
 *
 * A new CA is trusted everywhere before it signs; only the very first one, which no cached bundle
 * can lack, signs at once. One that stopped stays trusted until its last certificate has expired. So
 * no certificate is ever met by a verifier that was not told of its CA.
 */
export function planTrust(
  anchors: readonly PlannedAnchor[],
  now: number,
  rules: TrustRules,
): readonly TrustAction[] {
  // Past its end a CA vouches for nothing, whatever its state; slow clocks get the tolerance.
  const isOver = ({ notAfter }: PlannedAnchor): boolean => now > notAfter + rules.toleranceSeconds
  const kept = trustedAnchors(anchors).filter((anchor) => !isOver(anchor))
  const over = trustedAnchors(anchors).filter(isOver)
  const retired = kept.filter(
    ({ state, since }) => state === 'retiring' && now - since > retiringSeconds(rules),
  )
  const removals = [...over, ...retired].map(
    ({ id }) => ({ do: 'move', id, to: 'removed' }) as const,
  )
  return [...planSigning(kept, now, rules), ...removals]
}

/**
 * Takes a CA out at once because its key is lost. What it signed is refused as soon as verifiers
 * have the new bundle; another CA signs now, although caches may not know it yet: that outage is the
 * price, and a `planned` CA kept ready (it is known already) avoids it.
 */
export function removeCompromised(
  anchors: readonly PlannedAnchor[],
  id: string,
): readonly TrustAction[] {
  const lost = anchors.find((anchor) => anchor.id === id)
  if (lost === undefined || lost.state === 'removed') return []
  const removal: TrustAction = { do: 'move', id, to: 'removed' }
  const rest = anchors.filter((anchor) => anchor.id !== id)
  if (lost.state !== 'active' || activeAnchor(rest) !== undefined) return [removal]
  const known = longestPlanned(rest)
  return known === undefined
    ? [removal, { do: 'create', state: 'active' }]
    : [removal, { do: 'move', id: known.id, to: 'active' }]
}

function planSigning(
  anchors: readonly PlannedAnchor[],
  now: number,
  rules: TrustRules,
): readonly TrustAction[] {
  const active = activeAnchor(anchors)
  const next = longestPlanned(anchors)
  const known = next !== undefined && now - next.since >= plannedSeconds(rules)
  // Without an active CA waiting would mean not issuing: the longest planned one is best known.
  if (next !== undefined && (known || active === undefined)) {
    return [{ do: 'move', id: next.id, to: 'active' }, ...retireAllBut(anchors, next.id)]
  }
  if (active === undefined) return [{ do: 'create', state: 'active' }]
  const spare = retireAllBut(anchors, active.id)
  const ends = active.notAfter - now <= successionSeconds(rules)
  return ends && next === undefined ? [{ do: 'create', state: 'planned' }, ...spare] : spare
}

const retireAllBut = (anchors: readonly PlannedAnchor[], id: string): readonly TrustAction[] =>
  anchors
    .filter((anchor) => anchor.state === 'active' && anchor.id !== id)
    .map((anchor) => ({ do: 'move', id: anchor.id, to: 'retiring' }))

const longestPlanned = (anchors: readonly PlannedAnchor[]): PlannedAnchor | undefined =>
  anchors
    .filter(({ state }) => state === 'planned')
    .toSorted(latestFirst)
    .at(-1)

const latestFirst = (left: PlannedAnchor, right: PlannedAnchor): number =>
  right.since - left.since || (left.id < right.id ? -1 : 1)
