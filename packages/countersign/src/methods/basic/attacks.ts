import type { Attack } from '../../core/attack.ts'
import type { ReasonCode } from '../../core/reasons.ts'
import type { Secret } from '../../core/secret.ts'

/** What the attacks are made of. */
export interface BasicAttackMaterial {
  /** A user that the guard under attack accepts. */
  readonly username: string
  readonly password: Secret
}

const basic = (name: string, value: string, reason: ReasonCode): Attack => ({
  name,
  requirement: 'SR-205',
  headers: [['authorization', `Basic ${value}`]],
  scheme: 'https',
  reason,
})

/**
 * Attacks on an API that takes user names and passwords. At most five of them count as failures of
 * the material's account.
 */
export function basicAttacks(material: BasicAttackMaterial): readonly Attack[] {
  const { username } = material
  const password = material.password.reveal()
  const good = encode(`${username}:${password}`)
  return [...spelling(good, username), ...guesses(username, password), ...transport(good)]
}

/** The same, for what an HTTP server answers itself: headers that are too large, NUL. */
export function basicRawAttacks({ username }: BasicAttackMaterial): readonly Attack[] {
  return [
    basic('64 KiB header', encode(`${username}:${'a'.repeat(65_536)}`), 'basic.malformed'),
    basic('NUL after the value', `${encode(`${username}:a`)}\u0000`, 'basic.malformed'),
    basic('non-ASCII after the value', `${encode(`${username}:a`)}\u200b`, 'basic.malformed'),
  ]
}

/** UTF-8, then base64; a code unit above 0xff stands for the raw byte in {@link bytes}. */
const encode = (text: string): string => bytes(...new TextEncoder().encode(text))
const bytes = (...values: readonly number[]): string =>
  btoa(values.map((value) => String.fromCharCode(value)).join(''))

const malformed = (name: string, value: string): Attack => basic(name, value, 'basic.malformed')

/** One credential has one spelling; everything else is refused before any password is hashed. */
function spelling(good: string, username: string): readonly Attack[] {
  return [
    malformed('no base64', '!!!!'),
    malformed('base64url instead of base64', 'YTo-Pj4_'),
    malformed('padding missing', 'YWE6Yg'),
    malformed('padding in the middle', `YQ==${good}`),
    malformed('stray bits in the padding', 'YTr='),
    malformed('space inside', `${good.slice(0, 4)} ${good.slice(4)}`),
    malformed('two values', `${good}, ${good}`),
    malformed('no colon', encode(username)),
    malformed('empty user name', encode(':password')),
    malformed('control character', encode(`${username}:pass\u0007word`)),
    malformed('line break', encode(`${username}:pass\r\nword`)),
    malformed('NUL in the user name', encode(`${username}\u0000admin:password`)),
    malformed('C1 control character', encode(`${username}:pass\u0085word`)),
    malformed('Latin-1 instead of UTF-8', bytes(0x61, 0x3a, 0xe9)),
    malformed('overlong UTF-8', bytes(0x61, 0x3a, 0xc0, 0x80)),
    malformed('surrogate in UTF-8', bytes(0x61, 0x3a, 0xed, 0xa0, 0x80)),
    malformed('cut UTF-8', bytes(0x61, 0x3a, 0xe2, 0x82)),
    malformed('1 KiB and more', encode(`${username}:${'a'.repeat(1024)}`)),
  ]
}

const guess = (name: string, text: string): Attack =>
  basic(name, encode(text), 'basic.credentials-invalid')

/** Unknown user and wrong password are one reason, and one answer. */
function guesses(username: string, password: string): readonly Attack[] {
  return [
    guess('unknown user', `nobody-${username}:${password}`),
    guess('wrong password', `${username}:wrong`),
    guess('empty password', `${username}:`),
    guess('password plus suffix', `${username}:${password}0`),
    guess('password prefix', `${username}:${password.slice(0, -1)}`),
    guess('password and colon', `${username}:${password}:`),
  ]
}

const transport = (good: string): readonly Attack[] => [
  { ...basic('plain HTTP', good, 'basic.https-required'), scheme: 'http' },
  { ...basic('plain HTTP, malformed', '!!!!', 'basic.https-required'), scheme: 'http' },
  {
    name: 'two Authorization headers',
    requirement: 'SR-401',
    scheme: 'https',
    headers: [
      ['authorization', `Basic ${good}`],
      ['authorization', `Basic ${good}`],
    ],
    reason: 'request.duplicate-authorization',
  },
  {
    name: 'scheme without a value',
    scheme: 'https',
    headers: [['authorization', 'Basic']],
    reason: 'request.malformed-authorization',
  },
  {
    name: 'the value as Bearer',
    scheme: 'https',
    headers: [['authorization', `Bearer ${good}`]],
    reason: 'request.unsupported-credential',
  },
]
