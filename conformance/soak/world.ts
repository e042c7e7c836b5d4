import type { Guard } from 'countersign'
import type { AuthorityClient } from 'countersign/authority'
import type { Authority } from '../../packages/server/src/authority.ts'
import type { TestClient } from '../../packages/server/src/testing/authority.ts'
import { call, type Answer, type Call } from './call.ts'
import type { Ledger, Mark, Subject } from './ledger.ts'
import type { Node } from './node.ts'
import type { Proxy } from './proxy.ts'
import type { Random } from './random.ts'

/** A credential that somebody holds, and everything whose end ends it. */
export interface Holding extends Subject {
  readonly kind: 'jwt' | 'opaque' | 'api-key'
  readonly value: string
  /** Of the API key. */
  readonly id: string
  readonly marks: readonly Mark[]
  /** When it was issued. */
  readonly since: number
}

/** A grant and its refresh tokens: whoever has the last one is the honest client. */
export interface Family extends Subject {
  readonly grant: Mark
  readonly person: Mark
  token: string
  /** Tokens that were exchanged, with the time. */
  readonly used: { readonly token: string; readonly at: number }[]
  busy: boolean
}

/** An API in another process, as far as the authority can tell. */
export interface Verifier {
  readonly name: string
  readonly desk: Guard
  readonly remote: AuthorityClient
}

/** Everything that the load, the checks and the faults share. */
export interface World {
  readonly ledger: Ledger
  readonly random: Random
  readonly nodes: readonly Node[]
  readonly proxies: readonly Proxy[]
  readonly verifiers: readonly Verifier[]
  /** In the process of the driver, without a listener: gives codes and reads back. */
  readonly seeder: Authority
  readonly admin: string
  readonly clients: Readonly<Record<'jwt' | 'opaque' | 'app', TestClient>>
  readonly serviceId: string
  readonly signing: { readonly id: string; readonly secret: string }
  readonly holdings: Holding[]
  readonly families: Family[]
  /** Signing keys that were seen, by `kid`. */
  readonly kids: Map<string, Mark>
  readonly weather: Weather
}

/** What the faults have done lately. */
export interface Weather {
  fault: string | undefined
  /** When the last fault was over. */
  calmSince: number
  /** Until when a clock that is, or was, wrong can make right answers look wrong. */
  wrongClockUntil: number
  /** Until when verifiers may not know the newest signing key: it was not published in advance. */
  newKeyUntil: number
  stopped: boolean
}

/** A node by chance: no client knows which are up. */
export const anyNode = ({ nodes, random }: World): Node => {
  const node = random.pick(nodes)
  if (node === undefined) throw new Error('there is no node')
  return node
}

/** Calls any node as the administrator. */
export const administer = (world: World, given: Call, node = anyNode(world)) =>
  call(world.ledger, node, { ...given, key: world.admin })

const DEADLINE_MS = 60_000

/** Asks until somebody answers, of any node; undefined when nobody did for a minute, or at the end. */
export async function insist(
  world: World,
  ask: () => Promise<Answer | undefined>,
): Promise<Answer | undefined> {
  const until = Date.now() + DEADLINE_MS
  while (Date.now() < until) {
    // oxlint-disable-next-line no-await-in-loop -- one attempt after the other
    const answer = await ask()
    if (answer !== undefined) return answer
    // oxlint-disable-next-line no-await-in-loop -- see above
    await pause(150)
  }
  world.ledger.count('gave up')
  return undefined
}

/** Waits. */
export const pause = (ms: number): Promise<void> =>
  new Promise((resolve) => {
    setTimeout(resolve, ms)
  })

/** A text of a JSON body. */
export const textIn = ({ body }: Answer, member: string): string => {
  const value = body[member]
  return typeof value === 'string' ? value : ''
}
