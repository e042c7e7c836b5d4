import type { Attack } from '../../core/attack.ts'
import { randomBase62 } from '../../core/random.ts'
import type { ReasonCode } from '../../core/reasons.ts'
import { bodyAttacks } from './attacks-body.ts'
import { componentAttacks } from './attacks-components.ts'
import { formAttacks } from './attacks-form.ts'
import { forge, signatureFields, type Forgery } from './forge.ts'
import type { HttpSignatureAttackMaterial } from './attacks-material.ts'
import { publicKeyAsSecret } from './attacks-confusion.ts'

export type { HttpSignatureAttackMaterial } from './attacks-material.ts'

/**
 * Attacks on an API that accepts signed requests by the default policy. Every one must be refused
 * with its reason, over HTTP and below it. A fresh table each time: requests work once.
 */
export async function httpSignatureAttacks(
  material: HttpSignatureAttackMaterial,
): Promise<readonly Attack[]> {
  const forgeries = [
    ...formAttacks(),
    ...coverage(material),
    ...time(material),
    ...tampering(material),
    ...impostors(material),
    ...replays(material),
    ...several(material),
    ...lifecycle(material),
    ...componentAttacks(material),
    ...(await bodyAttacks(material)),
  ]
  const signed = await Promise.all(forgeries.map(async (forgery) => forge(material, forgery)))
  return [...signed, ...(await publicKeyAsSecret(material))]
}

const UNCOVERED: ReasonCode = 'http-signature.coverage-insufficient'

/** A signature that says too little is a signature on another request as well. */
function coverage({
  key,
  now,
  authority,
  target,
}: HttpSignatureAttackMaterial): readonly Forgery[] {
  const path = target.split('?')[0] ?? ''
  const all = [
    ['"@method"', 'GET'],
    ['"@authority"', authority],
    ['"@path"', path],
    ['"@query"', '?id=1'],
  ] as const
  const without = all.map(
    ([left]): Forgery => ({
      name: `${left} not covered`,
      reason: UNCOVERED,
      target: `${path}?id=1`,
      lines: all.filter(([identifier]) => identifier !== left),
    }),
  )
  return [
    ...without,
    { name: 'nothing covered', reason: UNCOVERED, lines: [] },
    {
      name: 'any query parameter instead of the query',
      reason: UNCOVERED,
      target: `${path}?id=1`,
      lines: [...all.slice(0, 3), ['"@query-param";name="id"', '1']],
    },
    {
      name: 'request target instead of the authority',
      reason: UNCOVERED,
      lines: [
        ['"@method"', 'GET'],
        ['"@request-target"', target],
      ],
    },
    {
      name: 'no created',
      reason: 'http-signature.parameter-missing',
      parameters: `;keyid="${key.keyId}"`,
    },
    {
      name: 'no keyid',
      reason: 'http-signature.parameter-missing',
      parameters: `;created=${now}`,
    },
  ]
}

/** Beyond the age of 300 s and the tolerance of 5 s on both sides. */
function time({ key, now }: HttpSignatureAttackMaterial): readonly Forgery[] {
  const at = (created: number, rest = ''): string =>
    `;created=${created}${rest};keyid="${key.keyId}"`
  return [
    {
      name: 'too old',
      requirement: 'SR-109',
      reason: 'http-signature.too-old',
      parameters: at(now - 306),
    },
    {
      name: 'from the future',
      requirement: 'SR-109',
      reason: 'http-signature.created-in-future',
      parameters: at(now + 6),
    },
    {
      name: 'past its own expiry',
      reason: 'http-signature.expired',
      parameters: at(now - 60, `;expires=${now - 5}`),
    },
  ]
}

const INVALID: ReasonCode = 'http-signature.signature-invalid'

/** The signature of one request on another one. */
function tampering({ target, key, now }: HttpSignatureAttackMaterial): readonly Forgery[] {
  const [path = '', query = ''] = target.split('?')
  const changed = (name: string, change: Partial<Attack>): Forgery => ({
    name,
    reason: INVALID,
    alter: () => change,
  })
  const signedAs = (name: string, signature: (genuine: string) => string): Forgery => ({
    name,
    reason: INVALID,
    alter: ({ input, signature: genuine, label }) => ({
      headers: signatureFields(label, input, signature(genuine)),
    }),
  })
  return [
    changed('another method', { method: 'DELETE' }),
    changed('another query', { target: `${path}?${query}&admin=true` }),
    changed('another host', { authority: 'other.example.test' }),
    {
      name: 'a covered field changed',
      reason: INVALID,
      headers: [['X-Amount', '1']],
      more: [['"x-amount"', '2']],
    },
    {
      name: 'a covered field added to',
      reason: INVALID,
      headers: [
        ['X-Amount', '1'],
        ['X-Amount', '2'],
      ],
      more: [['"x-amount"', '1']],
    },
    signedAs('one bit changed', (text) => (text.startsWith('A') ? 'B' : 'A') + text.slice(1)),
    signedAs('empty signature', () => ''),
    signedAs('signature of zeros', () => btoa('\0'.repeat(64))),
    signedAs('signature cut', (text) => text.slice(0, 84)),
    {
      name: 'parameters changed after signing',
      reason: INVALID,
      parameters: `;created=${now - 200};keyid="${key.keyId}"`,
      alter: ({ input, signature, label }) => ({
        headers: signatureFields(label, input.replace(`${now - 200}`, `${now}`), signature),
      }),
    },
  ]
}

/** The right words, by the wrong key or under the wrong name. */
const impostors = ({ stranger, key, now }: HttpSignatureAttackMaterial): readonly Forgery[] => [
  {
    name: 'signed by a stranger under the keyid',
    reason: INVALID,
    key: { ...stranger, keyId: key.keyId },
  },
  { name: 'unknown keyid', reason: 'http-signature.key-unknown', key: stranger },
  {
    name: 'alg none',
    reason: 'http-signature.algorithm-denied',
    parameters: `;created=${now};keyid="${key.keyId}";alg="none"`,
  },
  {
    name: 'alg of a broken hash',
    reason: 'http-signature.algorithm-denied',
    parameters: `;created=${now};keyid="${key.keyId}";alg="hmac-sha1"`,
  },
]

/** The very same request once more. */
const replays = ({ key, now }: HttpSignatureAttackMaterial): readonly Forgery[] => [
  {
    name: 'captured and sent again',
    requirement: 'SR-106',
    reason: 'http-signature.replayed',
    captured: true,
  },
  {
    name: 'captured and sent again, without a nonce',
    requirement: 'SR-106',
    reason: 'http-signature.replayed',
    parameters: `;created=${now - 1};keyid="${key.keyId}"`,
    captured: true,
  },
]

/** No number of bad signatures makes a good one, and two credentials are one too many. */
const several = ({ now }: HttpSignatureAttackMaterial): readonly Forgery[] => [
  {
    name: 'two bad signatures',
    requirement: 'SR-104',
    reason: INVALID,
    alter: ({ input, signature }) => ({
      headers: ['a', 'b'].flatMap((label) =>
        signatureFields(label, input.replace(`created=${now}`, `created=${now - 1}`), signature),
      ),
    }),
  },
  {
    name: 'signature and Bearer',
    requirement: 'SR-401',
    reason: 'request.multiple-credentials',
    headers: [['Authorization', `Bearer ${randomBase62(43)}`]],
  },
]

const lifecycle = (material: HttpSignatureAttackMaterial): readonly Forgery[] => [
  { name: 'revoked key', reason: 'http-signature.revoked', key: material.revoked },
  { name: 'expired key', reason: 'http-signature.key-expired', key: material.expired },
  { name: 'key not yet valid', reason: 'http-signature.not-yet-valid', key: material.notYetValid },
  { name: 'other network', reason: 'http-signature.network-denied', key: material.elsewhere },
  {
    name: 'key bound to a certificate',
    reason: 'http-signature.binding-unproven',
    key: material.bound,
  },
]
