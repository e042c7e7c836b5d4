/** Signs anything, by hand and by the letter: what a hostile or careless caller would send. */
import { decodeBytes } from '#crypto'
import type { Attack } from '../../core/attack.ts'
import { randomBase62 } from '../../core/random.ts'
import type { ReasonCode } from '../../core/reasons.ts'
import type { SignatureKey } from './sign.ts'

/** One line of a signature base: the identifier with its quotes, and the value it claims. */
export type BaseLine = readonly [identifier: string, value: string]

/** A request that is signed with the base that is written here, whatever the request says. */
export interface Forgery {
  readonly name: string
  readonly reason: ReasonCode
  readonly requirement?: string
  readonly key?: SignatureKey
  readonly method?: string
  readonly target?: string
  readonly body?: Uint8Array | string
  /** Fields beside the signature. */
  readonly headers?: Attack['headers']
  /** @defaultValue the lines that the default policy asks for */
  readonly lines?: readonly BaseLine[]
  /** Lines after the default ones. */
  readonly more?: readonly BaseLine[]
  /** @defaultValue `;created=…;keyid="…";nonce="…"` */
  readonly parameters?: string
  readonly label?: string
  /** The request was sent before, and accepted. */
  readonly captured?: boolean
  /** What becomes of the attack after it was signed. */
  readonly alter?: (signed: SignedAttack) => Partial<Attack>
}

/** An attack with the two fields that it is about. */
export interface SignedAttack extends Attack {
  /** The member of Signature-Input. */
  readonly input: string
  /** Base64. */
  readonly signature: string
  readonly label: string
}

/** Where the attacks go, and with which key. */
export interface ForgeryGround {
  readonly key: SignatureKey
  readonly authority: string
  /** Path and query. */
  readonly target: string
  readonly now: number
}

/** The lines that the default policy asks for. */
export const defaultLines = (
  method: string,
  authority: string,
  target: string,
): readonly BaseLine[] => {
  const end = target.indexOf('?')
  return [
    ['"@method"', method],
    ['"@authority"', authority],
    ['"@path"', end < 0 ? target : target.slice(0, end)],
    ['"@query"', end < 0 ? '?' : target.slice(end)],
  ]
}

/** Signs a forgery. */
export async function forge(ground: ForgeryGround, forgery: Forgery): Promise<Attack> {
  const { key = ground.key, method = 'GET', target = ground.target, headers = [] } = forgery
  const { label = 'sig1', more = [], alter, name, reason, requirement, body, captured } = forgery
  const lines = [...(forgery.lines ?? defaultLines(method, ground.authority, target)), ...more]
  const parameters =
    forgery.parameters ?? `;created=${ground.now};keyid="${key.keyId}";nonce="${randomBase62(22)}"`
  const input = `(${lines.map(([identifier]) => identifier).join(' ')})${parameters}`
  const signature = await signatureOf(key, lines, input)
  const attack: Attack = {
    name,
    reason,
    requirement: requirement ?? 'SR-102',
    method,
    authority: ground.authority,
    target,
    ...(body === undefined ? {} : { body }),
    ...(captured === undefined ? {} : { captured }),
    headers: [...headers, ...signatureFields(label, input, signature)],
  }
  return { ...attack, ...alter?.({ ...attack, input, signature, label }) }
}

/** The two fields of a signature. */
export const signatureFields = (
  label: string,
  input: string,
  signature: string,
): Attack['headers'] => [
  ['Signature-Input', `${label}=${input}`],
  ['Signature', `${label}=:${signature}:`],
]

async function signatureOf(
  key: SignatureKey,
  lines: readonly BaseLine[],
  input: string,
): Promise<string> {
  const base = [...lines, ['"@signature-params"', input]]
    .map(([identifier, value]) => `${identifier}: ${value}`)
    .join('\n')
  return toBase64(await key.signer.sign(base))
}

/** Base64 of what base64url stands for. */
export const toBase64 = (text: string): string =>
  btoa(Array.from(decodeBytes(text) ?? [], (byte) => String.fromCharCode(byte)).join(''))
