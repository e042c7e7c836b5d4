import type { Attack } from '../../core/attack.ts'
import {
  CREDENTIAL_LENGTHS,
  parseCredential,
  serializeCredential,
} from '../../core/credential-format.ts'
import { assertConfig } from '../../core/errors.ts'
import { mintCredential } from '../../core/mint-credential.ts'
import { randomBase62 } from '../../core/random.ts'
import type { ReasonCode } from '../../core/reasons.ts'
import type { Secret } from '../../core/secret.ts'

/** What the attacks are made of: one good token, and tokens that were good or are good elsewhere. */
export interface OpaqueAttackMaterial {
  /** A token that the guard under attack accepts. */
  readonly token: Secret
  /** What is stored of it: a stolen table. */
  readonly digest: string
  /** A good refresh token of the same issuer. */
  readonly refreshToken: Secret
  readonly revoked: Secret
  readonly expired: Secret
  /** A good token for another API. */
  readonly otherAudience: Secret
  /** A good token that is bound to a key of its client. */
  readonly bound: Secret
}

const bearer = (name: string, token: string, reason: ReasonCode): Attack => ({
  name,
  requirement: 'SR-028',
  headers: [['authorization', `Bearer ${token}`]],
  reason,
})

/** Attacks on an API that takes opaque tokens of one brand. */
export function opaqueAttacks(material: OpaqueAttackMaterial): readonly Attack[] {
  const token = material.token.reveal()
  return [...spelling(token), ...forgery(token, material.digest), ...misuse(material)]
}

/** The same, for what an HTTP server answers itself: headers that are too large, NUL. */
export function opaqueRawAttacks(material: OpaqueAttackMaterial): readonly Attack[] {
  const token = material.token.reveal()
  return [
    bearer('64 KiB token', token + 'a'.repeat(65_536), 'opaque.malformed'),
    bearer('NUL after the token', `${token}\u0000`, 'opaque.malformed'),
    bearer('space after the token', `${token} `, 'opaque.malformed'),
    bearer('zero-width space in the token', `${token.slice(0, -1)}\u200b`, 'opaque.malformed'),
  ]
}

const spelling = (token: string): readonly Attack[] => [
  bearer('truncated', token.slice(0, -1), 'opaque.malformed'),
  bearer('token plus suffix', `${token}0`, 'opaque.malformed'),
  bearer('token padded', `${token}=`, 'opaque.malformed'),
  bearer('non-ASCII', `${token.slice(0, -1)}é`, 'opaque.malformed'),
  bearer('two tokens, comma', `${token},${token}`, 'opaque.malformed'),
  bearer('two tokens, space', `${token} ${token}`, 'opaque.malformed'),
  bearer(
    'one character changed',
    token.slice(0, -1) + (token.endsWith('0') ? '1' : '0'),
    'opaque.malformed',
  ),
]

function forgery(token: string, digest: string): readonly Attack[] {
  const parsed = parseCredential(token)
  assertConfig(parsed.ok, 'CS_CONFIG_ATTACK_MATERIAL', 'attacks: material.token must be a good one')
  const parts = parsed.value
  const start = token.lastIndexOf('_') + 1
  const secret = token.slice(start, start + CREDENTIAL_LENGTHS.secret)
  const hash = digest.replaceAll(/[^0-9A-Za-z]/g, '0').slice(0, CREDENTIAL_LENGTHS.secret)
  const random = randomBase62(CREDENTIAL_LENGTHS.secret)
  const otherId = { ...parts, id: randomBase62(CREDENTIAL_LENGTHS.id) }
  return [
    bearer('unknown token', mintCredential(parts).credential.reveal(), 'opaque.inactive'),
    bearer('wrong secret, CRC repaired', serializeCredential(parts, random), 'opaque.inactive'),
    bearer('hash as secret, CRC repaired', serializeCredential(parts, hash), 'opaque.inactive'),
    bearer('secret under another id', serializeCredential(otherId, secret), 'opaque.inactive'),
    bearer('hash as token', digest, 'request.unsupported-credential'),
    bearer(
      'API key as token',
      mintCredential({ ...parts, environment: 'live' }).credential.reveal(),
      'request.unsupported-credential',
    ),
  ]
}

function misuse(material: OpaqueAttackMaterial): readonly Attack[] {
  const token = material.token.reveal()
  const twice: Attack['headers'] = [
    ['authorization', `Bearer ${token}`],
    ['authorization', `Bearer ${token}`],
  ]
  return [
    bearer('revoked', material.revoked.reveal(), 'opaque.inactive'),
    bearer('expired', material.expired.reveal(), 'opaque.expired'),
    bearer('for another API', material.otherAudience.reveal(), 'opaque.audience-mismatch'),
    bearer('bound to a key', material.bound.reveal(), 'opaque.binding-unproven'),
    bearer(
      'refresh token as access token',
      material.refreshToken.reveal(),
      'request.unsupported-credential',
    ),
    {
      name: 'two Authorization headers',
      headers: twice,
      requirement: 'SR-401',
      reason: 'request.duplicate-authorization',
    },
    {
      name: 'another scheme',
      headers: [['authorization', `Token ${token}`]],
      reason: 'request.unsupported-credential',
    },
    {
      name: 'token in the query',
      requirement: 'SR-028',
      headers: [],
      target: `/?access_token=${token}`,
      reason: 'request.credential-missing',
    },
  ]
}
