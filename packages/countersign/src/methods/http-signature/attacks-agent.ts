/** Attacks on Web Bot Auth: on requests, and by directories. Used by tests and by the auditor. */
import type { Attack } from '../../core/attack.ts'
import type { ReasonCode } from '../../core/reasons.ts'
import { randomBase62 } from '../../core/random.ts'
import { forge, type Forgery, type ForgeryGround, type BaseLine } from './forge.ts'
import type { SignatureKey } from './sign.ts'
import { BOT_TAG } from './web-bot-auth-format.ts'

export {
  directoryAttacks,
  type DirectoryAttack,
  type DirectoryAttackMaterial,
} from './attacks-directory.ts'

/** What the attacks are made of: `key` is in the directory of `agent`, which the guard accepts. */
export interface WebBotAuthAttackMaterial extends ForgeryGround {
  /** `https://agent.example` */
  readonly agent: string
  /** Another agent that the guard accepts; `key` is not in its directory. */
  readonly otherAgent: string
  /** A key that is in no directory. */
  readonly stranger: SignatureKey
  /** Of the guard under attack. */
  readonly maxLifetimeSeconds: number
}

/** What an attack has that differs from a good request. */
interface Twist {
  readonly name: string
  readonly reason: ReasonCode
  readonly requirement?: string
  /** Value of the field, and of the covered member. */
  readonly agent?: string
  /** The whole field, as it is sent. */
  readonly field?: string | undefined
  /** A second line of the field. */
  readonly second?: string
  readonly lines?: readonly BaseLine[]
  readonly key?: SignatureKey
  readonly keyId?: string
  readonly created?: number
  readonly life?: number | undefined
  readonly tag?: string
  readonly captured?: boolean
}

/**
 * Requests that a guard with `webBotAuth` must refuse, each with its reason. A fresh table each
 * time: requests work once.
 */
export async function webBotAuthAttacks(
  material: WebBotAuthAttackMaterial,
): Promise<readonly Attack[]> {
  const twists = [
    ...agents(material),
    ...coverage(material),
    ...times(material),
    ...keys(material),
    { name: 'captured', reason: 'http-signature.replayed', captured: true } as const,
  ]
  return Promise.all(twists.map((twist) => forge(material, forgeryOf(material, twist))))
}

/** A good request, for the test that the attacks are attacks. */
export const webBotAuthRequest = (material: WebBotAuthAttackMaterial): Promise<Attack> =>
  forge(material, forgeryOf(material, { name: 'good', reason: 'http-signature.replayed' }))

function forgeryOf(material: WebBotAuthAttackMaterial, twist: Twist): Forgery {
  const { agent = material.agent, key = material.key, tag = BOT_TAG, captured } = twist
  const { created = material.now, requirement = 'SR-102', name, reason } = twist
  const life = 'life' in twist ? twist.life : 60
  const expires = life === undefined ? '' : `;expires=${created + life}`
  const field = 'field' in twist ? twist.field : `sig1="${agent}"`
  const nonce = randomBase62(22)
  return {
    name,
    reason,
    requirement,
    key,
    lines: twist.lines ?? [authority(material), member('sig1', agent)],
    headers: [field, twist.second].flatMap((value) =>
      value === undefined ? [] : [['Signature-Agent', value] as const],
    ),
    parameters: `;created=${created}${expires};keyid="${twist.keyId ?? key.keyId}";nonce="${nonce}";tag="${tag}"`,
    ...(captured === undefined ? {} : { captured }),
  }
}

const authority = ({ authority: name }: WebBotAuthAttackMaterial): BaseLine => [
  '"@authority"',
  name,
]
const member = (key: string, agent: string): BaseLine => [
  `"signature-agent";key="${key}"`,
  `"${agent}"`,
]

const INVALID = 'web-bot-auth.agent-invalid'
const MALFORMED = 'web-bot-auth.agent-malformed'

const noOrigins = (agent: string) =>
  [
    ['plain http', agent.replace('https:', 'http:')],
    ['a private address', 'https://10.0.0.1'],
    ['loopback', 'https://127.0.0.1'],
    ['loopback as one number', 'https://2130706433'],
    ['a metadata service', 'https://169.254.169.254'],
    ['an IPv6 address', 'https://[::1]'],
    ['a public address', 'https://1.1.1.1'],
    ['a local name', 'https://localhost'],
    ['a name without a dot', 'https://intranet'],
    ['a name of the network inside', 'https://keys.internal'],
    ['a name with a trailing dot', `${agent}.`],
    ['user information', agent.replace('https://', 'https://a@')],
    ['a port of its own', `${agent}:8443`],
    ['the port of https, spelt out', `${agent}:443`],
    ['a path', `${agent}/keys`],
    ['a query', `${agent}?x`],
    ['capitals', agent.toUpperCase().replace('HTTPS', 'https')],
    ['data in the URL', 'data:application/json,{}'],
    ['no URL', 'agent'],
  ] as const

/** The field says where we are to fetch: everything that is no public https origin is an attack. */
function agents({ agent, otherAgent }: WebBotAuthAttackMaterial): readonly Twist[] {
  return [
    ...noOrigins(agent).map(
      ([what, text]): Twist => ({
        name: `agent: ${what}`,
        reason: INVALID,
        requirement: 'SR-504',
        agent: text,
      }),
    ),
    {
      name: 'agent: one that is not accepted',
      reason: 'web-bot-auth.agent-denied',
      agent: 'https://evil.example',
    },
    { name: 'agent: absent', reason: 'web-bot-auth.agent-missing', field: undefined },
    { name: 'agent: no dictionary', reason: MALFORMED, field: 'sig1=' },
    {
      name: 'agent: two members of one name',
      reason: MALFORMED,
      field: `sig1="${otherAgent}", sig1="${agent}"`,
    },
    { name: 'agent: a token', reason: MALFORMED, field: 'sig1=agent' },
    {
      name: 'agent: another type of discovery',
      reason: MALFORMED,
      field: `sig1="${agent}";type=jwks_uri`,
    },
    {
      name: 'agent: larger than any origin',
      reason: MALFORMED,
      field: `sig1="https://${'a'.repeat(2048)}.example"`,
    },
  ]
}

function coverage(material: WebBotAuthAttackMaterial): readonly Twist[] {
  const { agent, otherAgent } = material
  const uncovered = 'web-bot-auth.agent-uncovered'
  return [
    { name: 'agent: not covered', reason: uncovered, lines: [authority(material)] },
    {
      name: 'agent: a member of another signature, and one more',
      reason: uncovered,
      field: `a="${agent}", b="${otherAgent}"`,
      lines: [authority(material), member('a', agent), member('b', otherAgent)],
    },
    {
      name: 'agent: covered in the form of bytes',
      reason: uncovered,
      lines: [authority(material), ['"signature-agent";bs', ':c2lnMQ==:']],
    },
    {
      name: 'agent: covered in the trailers',
      reason: uncovered,
      lines: [authority(material), ['"signature-agent";key="sig1";tr', `"${agent}"`]],
    },
    {
      name: 'agent: two texts, as the earlier drafts have one',
      reason: MALFORMED,
      field: `"${agent}"`,
      second: `"${otherAgent}"`,
      lines: [authority(material), ['"signature-agent"', `"${agent}", "${otherAgent}"`]],
    },
    {
      name: 'agent: swapped after signing for one with other keys',
      reason: 'http-signature.key-unknown',
      field: `sig1="${otherAgent}"`,
    },
    {
      name: 'agent: its member absent',
      reason: MALFORMED,
      field: `sig2="${agent}"`,
    },
    {
      name: 'authority: not covered',
      reason: 'http-signature.coverage-insufficient',
      lines: [['"@method"', 'GET'], member('sig1', agent)],
    },
  ]
}

function times({ now, maxLifetimeSeconds }: WebBotAuthAttackMaterial): readonly Twist[] {
  const long = 'web-bot-auth.lifetime-too-long'
  return [
    { name: 'no expires', reason: 'web-bot-auth.parameter-missing', life: undefined },
    { name: 'a life of 25 hours', reason: long, life: 90_000 },
    { name: 'a life a second too long', reason: long, life: maxLifetimeSeconds + 1 },
    { name: 'a life of nothing', reason: long, life: 0 },
    { name: 'expired', reason: 'http-signature.expired', created: now - 120, life: 60 },
    { name: 'made in the future', reason: 'http-signature.created-in-future', created: now + 60 },
  ]
}

function keys({ key, agent, stranger }: WebBotAuthAttackMaterial): readonly Twist[] {
  return [
    { name: 'keyid: not a thumbprint', reason: 'web-bot-auth.keyid-invalid', keyId: 'key-1' },
    { name: 'keyid: the agent', reason: 'web-bot-auth.keyid-invalid', keyId: agent },
    { name: 'key: in no directory', reason: 'http-signature.key-unknown', key: stranger },
    {
      name: 'key: another one under the keyid of a good one',
      reason: 'http-signature.signature-invalid',
      key: stranger,
      keyId: key.keyId,
    },
    { name: 'tag: another application', reason: 'http-signature.label-missing', tag: 'shop' },
    {
      name: 'tag: the signature of a directory',
      reason: 'http-signature.label-missing',
      tag: 'http-message-signatures-directory',
    },
  ]
}
