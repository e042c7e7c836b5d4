import type { Actor, Confirmation } from '../../core/principal.ts'
import { err, ok, type Result } from '../../core/result.ts'
import { parseScope } from '../../core/scope.ts'
import { INACTIVE, proveToken, type TokenProof } from './proof.ts'

/** Which token the answer is about, and when. */
export interface IntrospectionContext {
  readonly tenant: string
  /** The token's public id, or a digest of it. Used where the answer has no `jti`. */
  readonly tokenId: string
  /** Seconds since the epoch. */
  readonly now: number
}

/** Delegation chains longer than this are refused. */
const MAX_ACTORS = 8

type Members = Readonly<Record<string, unknown>>

/**
 * Reads an introspection response (RFC 7662 §2.2). The endpoint is trusted to tell the truth, not
 * to be well formed: `active` is a boolean and nothing else, and a member of the wrong type makes
 * the answer unreadable instead of absent, because a check that is skipped is an open door.
 *
 * @returns the proof, or which member cannot be read.
 */
export function readIntrospection(
  value: unknown,
  context: IntrospectionContext,
): Result<TokenProof, string> {
  if (!isObject(value)) return err('no JSON object')
  if (typeof value['active'] !== 'boolean') return err('active')
  if (!value['active']) return ok(INACTIVE)
  const wrong = wrongMember(value)
  if (wrong !== undefined) return err(wrong)
  // The endpoint knows refresh and id tokens too; neither opens an API.
  if (OTHER_USE.test(`${text(value['token_use'])} ${text(value['typ'])}`)) return ok(INACTIVE)
  const subject = text(value['sub']) ?? text(value['client_id'])
  return subject === undefined ? err('sub') : ok(readActive(value, subject, context))
}

const OTHER_USE = /\b(?:refresh|id)\b/i

function readActive(
  members: Members,
  principalId: string,
  { tenant, now, tokenId }: IntrospectionContext,
): TokenProof {
  const issuedAt = seconds(members['iat'])
  return proveToken({
    tenant,
    tokenId: text(members['jti']) ?? tokenId,
    principalId,
    clientId: text(members['client_id']),
    grantId: text(members['grant_id']),
    parentIds: texts(members['parent_jti']),
    scopes: parseScope(text(members['scope']) ?? ''),
    claims: Object.freeze({ ...members }),
    confirmation: confirmation(members['cnf']),
    actor: actor(members['act']),
    issuer: text(members['iss']),
    audiences: texts(members['aud']),
    issuedAt,
    authenticatedAt: seconds(members['auth_time']) ?? issuedAt ?? now,
    notBefore: seconds(members['nbf']),
    expiresAt: seconds(members['exp']),
  })
}

const isText = (value: unknown): boolean => typeof value === 'string' && value !== ''
const isSeconds = (value: unknown): boolean => typeof value === 'number' && Number.isFinite(value)

/** Every member that a check reads, with its type. */
const MEMBERS: Readonly<Record<string, (value: unknown) => boolean>> = {
  scope: (value) => typeof value === 'string',
  client_id: isText,
  sub: isText,
  iss: isText,
  jti: isText,
  grant_id: isText,
  parent_jti: (value) => Array.isArray(value) && value.every(isText),
  exp: isSeconds,
  iat: isSeconds,
  nbf: isSeconds,
  auth_time: isSeconds,
  aud: (value) => isText(value) || (Array.isArray(value) && value.every(isText)),
  cnf: (value) => isObject(value) && confirmation(value) !== undefined,
  act: (value) => actor(value) !== undefined,
}

function wrongMember(members: Members): string | undefined {
  const named = Object.keys(MEMBERS).filter((name) => Object.hasOwn(members, name))
  return named.find((name) => MEMBERS[name]?.(members[name]) !== true)
}

/**
 * A confirmation that we cannot read binds the token to something that nobody would check. One that
 * we can read is kept whole: each of its members must be proven, those we do not know included.
 */
function confirmation(value: unknown): Confirmation | undefined {
  if (!isObject(value)) return undefined
  const { jkt, 'x5t#S256': thumbprint } = value
  return typeof jkt === 'string' || typeof thumbprint === 'string' ? value : undefined
}

function actor(value: unknown, depth = 0): Actor | undefined {
  if (!isObject(value) || depth >= MAX_ACTORS) return undefined
  const subject = text(value['sub'])
  if (subject === undefined) return undefined
  if (value['act'] === undefined) return { subject }
  const next = actor(value['act'], depth + 1)
  return next === undefined ? undefined : { subject, actor: next }
}

const isObject = (value: unknown): value is Members =>
  typeof value === 'object' && value !== null && !Array.isArray(value)
const text = (value: unknown): string | undefined =>
  typeof value === 'string' && value !== '' ? value : undefined
const seconds = (value: unknown): number | undefined =>
  typeof value === 'number' ? Math.floor(value) : undefined
const texts = (value: unknown): readonly string[] =>
  [value].flat().filter((entry) => typeof entry === 'string')
