import { equalDigests } from './constant-time.ts'
import type { Confirmation } from './principal.ts'
import type { Trace } from './trace.ts'

/** How a bound credential fares on a request. */
export type Binding = 'unbound' | 'proven' | 'unproven'

/** The part of an attempt that says what its sender proved. */
export interface Possession {
  readonly proven?: Confirmation | undefined
  readonly trace: Trace | undefined
}

/** The confirmation methods that can be proven here (RFC 7800 §3.1 lets issuers name others). */
const KNOWN: readonly string[] = ['jkt', 'x5t#S256'] satisfies readonly (keyof Confirmation)[]

/**
 * Compares what a credential is bound to with the keys that its request proved to hold. Every
 * member of the confirmation must be proven, and a member that is not known never is: an issuer
 * that binds to something else must not end up with a bearer token.
 *
 * A DPoP proof beside a credential that is bound to no DPoP key is `unproven` as well: the sender
 * thinks it constrained, and RFC 9449 §7.1 has it refused.
 *
 * Does not verify any proof: who put a key into `proven` has.
 *
 * @param confirmation - `cnf` of the credential, verified; or undefined.
 * @see [RFC 7800 §3](https://www.rfc-editor.org/rfc/rfc7800#section-3) the members of `cnf`
 */
export function checkConfirmation(
  confirmation: Confirmation | undefined,
  { proven, trace }: Possession,
): Binding {
  if (confirmation === undefined && proven?.jkt === undefined) return 'unbound'
  const binding = compare(confirmation, proven)
  const held = Object.keys(proven ?? {})
  trace?.check('binding', binding !== 'unproven', Object.keys(confirmation ?? {}), held)
  return binding
}

function compare(confirmation: Confirmation | undefined, proven: Confirmation = {}): Binding {
  const members = Object.entries<unknown>({ ...confirmation }).filter(
    ([, value]) => value !== undefined,
  )
  if (proven.jkt !== undefined && confirmation?.jkt === undefined) return 'unproven'
  // Bound, and nobody can tell to what.
  if (members.length === 0) return 'unproven'
  const holds = members.every(([name, value]) => {
    // KNOWN lists the members of a Confirmation.
    const held = KNOWN.includes(name) ? proven[name as keyof Confirmation] : undefined
    return held !== undefined && typeof value === 'string' && equalDigests(held, value)
  })
  return holds ? 'proven' : 'unproven'
}
