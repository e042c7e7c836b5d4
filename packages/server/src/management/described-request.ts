import { answer, err, ok, type Guard, type RequestView, type Requirement } from 'countersign'

/** A request as a gateway describes it. Attacker-controlled, but for `clientAddress` and `scheme`. */
export interface DescribedRequest {
  readonly method: string
  readonly scheme: 'http' | 'https'
  readonly authority: string
  readonly target: string
  readonly headers: readonly (readonly [name: string, value: string])[]
  readonly clientAddress?: string | undefined
  /** The body as it was received, in base64. Absent: the gateway does not tell. */
  readonly body?: string | undefined
}

/** Largest body that is taken: what methods read of one by default. */
export const MAX_DESCRIBED_BODY_BYTES = 1_048_576

/** A described request as verification reads it; repeated fields stay apart. */
export function viewOf(described: DescribedRequest): RequestView {
  const { method, scheme, authority, target, headers, clientAddress: remoteAddress } = described
  const fields = headers.map(([name, value]) => [name.toLowerCase(), value] as const)
  const header = (name: string) =>
    fields.filter(([field]) => field === name).map(([, value]) => value)
  const bytes = described.body === undefined ? undefined : Buffer.from(described.body, 'base64')
  return {
    method,
    scheme,
    authority,
    target,
    remoteAddress,
    peerCertificate: undefined,
    trailer: () => [],
    body: (maxBytes) => {
      if (bytes !== undefined) {
        return bytes.length > maxBytes ? err('request.body-too-large') : ok(new Uint8Array(bytes))
      }
      // Not told, and there is one: what must be bound to it is refused, never taken as empty.
      return announcesBody(header) ? err('request.body-incomplete') : ok(new Uint8Array(0))
    },
    header,
  }
}

const announcesBody = (header: RequestView['header']): boolean =>
  header('transfer-encoding').length > 0 || header('content-length').some((text) => text !== '0')

/** Has a guard decide a described request, and writes the answer that the caller would get. */
export async function decideDescribed(
  desk: Guard,
  described: DescribedRequest,
  requirement: Requirement,
) {
  const decision = await desk.check(viewOf(described), requirement)
  // Nobody's request. The desks of an authority publish no metadata of a resource.
  if (decision.outcome === 'preflight' || decision.outcome === 'published') {
    return { outcome: 'preflight' } as const
  }
  const { outcome, decisionId } = decision
  if (outcome === 'allowed') {
    const { principal, limits } = decision
    return { outcome, decisionId, principal, limits } as const
  }
  const { reason } = decision
  return { outcome, decisionId, reason, ...answer(decision, desk) } as const
}
