import type { RequestView } from '../../core/request.ts'

/** What of a request can be signed. The view of a guard is one. */
export type SignedRequest = Pick<
  RequestView,
  'method' | 'scheme' | 'authority' | 'target' | 'header' | 'trailer'
>

/** What of a response can be signed. */
export interface SignedResponse {
  readonly status: number
  /** @param name - Lower-case field name. */
  header(name: string): readonly string[]
  /** @param name - Lower-case field name. */
  trailer(name: string): readonly string[]
  /** What it answers: for components with `req`. */
  readonly request?: SignedRequest
}

/** A message to sign or verify. */
export type SignedMessage = SignedRequest | SignedResponse

/** Looks up fields given as pairs, every value of a name in their order. */
export function fieldLookup(
  pairs: Iterable<readonly [name: string, value: string]>,
): (name: string) => readonly string[] {
  const fields = [...pairs].map(([name, value]) => [name.toLowerCase(), value] as const)
  return (name) => fields.filter(([field]) => field === name).map(([, value]) => value)
}
