import { answer, ok, type Guard, type RequestView, type Requirement } from 'countersign'

/** A request as a gateway describes it. Attacker-controlled, but for `clientAddress` and `scheme`. */
export interface DescribedRequest {
  readonly method: string
  readonly scheme: 'http' | 'https'
  readonly authority: string
  readonly target: string
  readonly headers: readonly (readonly [name: string, value: string])[]
  readonly clientAddress?: string | undefined
}

/** A described request as verification reads it; repeated fields stay apart. */
export function viewOf(described: DescribedRequest): RequestView {
  const { method, scheme, authority, target, headers, clientAddress: remoteAddress } = described
  const fields = headers.map(([name, value]) => [name.toLowerCase(), value] as const)
  return {
    method,
    scheme,
    authority,
    target,
    remoteAddress,
    peerCertificate: undefined,
    trailer: () => [],
    // A description has no body: a method that must bind one refuses.
    body: () => ok(new Uint8Array(0)),
    header: (name) => fields.filter(([field]) => field === name).map(([, value]) => value),
  }
}

/** Has a guard decide a described request, and writes the answer that the caller would get. */
export async function decideDescribed(
  desk: Guard,
  described: DescribedRequest,
  requirement: Requirement,
) {
  const decision = await desk.check(viewOf(described), requirement)
  if (decision.outcome === 'preflight') return { outcome: decision.outcome } as const
  const { outcome, decisionId } = decision
  if (outcome === 'allowed') {
    const { principal, limits } = decision
    return { outcome, decisionId, principal, limits } as const
  }
  const { reason } = decision
  return { outcome, decisionId, reason, ...answer(decision, desk) } as const
}
