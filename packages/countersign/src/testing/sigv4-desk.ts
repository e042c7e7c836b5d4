import { memoryReplay } from '../core/memory-replay.ts'
import type { Attack } from '../core/attack.ts'
import type { Method } from '../core/method.ts'
import { Secret } from '../core/secret.ts'
import { signParts } from '../methods/sigv4/attack-parts.ts'
import {
  sigv4Attacks,
  type SigV4AttackKey,
  type SigV4AttackMaterial,
} from '../methods/sigv4/attacks.ts'
import type { SigV4Options } from '../methods/sigv4/options.ts'
import type { SigV4Record, SigV4Source } from '../methods/sigv4/source.ts'
import { sigv4 } from '../methods/sigv4/verify.ts'
import type { RequestParts } from './request.ts'

/** Requests signed with SigV4 for a test: good ones, the attacks on them, and the method that tells. */
export interface TestSigV4 {
  readonly material: SigV4AttackMaterial
  readonly source: SigV4Source
  /** What must not be shown to anybody. */
  readonly secrets: readonly string[]
  /** A method with a replay memory of its own, which remembers all there ever was. */
  readonly method: (options?: Partial<SigV4Options>) => Method
  /** A good request, another one each time. */
  readonly accept: () => Promise<RequestParts>
  readonly attacks: () => Promise<readonly Attack[]>
}

type KeyName = keyof SigV4AttackMaterial['keys']

const TOKEN = 'session+token/of==temporary'

const keyOf = (name: KeyName): SigV4AttackKey => ({
  accessKeyId: `AK-${name}`,
  secret: new Secret(`secret-access-key-of-${name}`),
  ...(name === 'temporary' ? { sessionToken: new Secret(TOKEN) } : {}),
})

const stateAt = (now: number): Readonly<Record<KeyName, Partial<SigV4Record>>> => ({
  good: {},
  revoked: { revokedAt: now - 1 },
  expired: { expiresAt: now },
  notYetValid: { notBefore: now + 1 },
  elsewhere: { networks: ['203.0.113.0/24'] },
  bound: { confirmation: { jkt: 'thumbprint' } },
  temporary: { sessionToken: new Secret(TOKEN) },
})

/** Makes access keys, good and bad, and a method that knows them. */
export function testSigV4(now = 1_700_000_000): TestSigV4 {
  const keys = {
    good: keyOf('good'),
    revoked: keyOf('revoked'),
    expired: keyOf('expired'),
    notYetValid: keyOf('notYetValid'),
    elsewhere: keyOf('elsewhere'),
    bound: keyOf('bound'),
    temporary: keyOf('temporary'),
  }
  const rows = new Map(
    Object.entries(stateAt(now)).map(([name, state]) => [
      `AK-${name}`,
      // The names of the states are those of the keys.
      recordOf(keyOf(name as KeyName), state),
    ]),
  )
  const source: SigV4Source = { find: (id) => rows.get(id) }
  const scope = { region: 'eu-1', service: 'orders' }
  const material = { ...scope, now, authority: 'api.example.test', keys }
  let count = 0
  return {
    material,
    source,
    secrets: [...Object.values(keys).map(({ secret }) => secret.reveal()), TOKEN],
    method: (options) =>
      sigv4({
        ...scope,
        source,
        replay: memoryReplay({ unsafe: { noFence: true } }),
        ...options,
      }),
    accept: () => signParts(material, { target: `/orders?n=${(count += 1)}` }),
    attacks: () => sigv4Attacks(material),
  }
}

const recordOf = (
  { accessKeyId: id, secret }: SigV4AttackKey,
  state: Partial<SigV4Record>,
): SigV4Record => {
  const facts = { id, tenant: 'default', principalId: `owner-of-${id}`, scopes: ['orders:read'] }
  return { ...facts, key: { secret }, ...state }
}
