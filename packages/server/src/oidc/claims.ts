/**
 * What is said of a person to clients (OpenID Connect Core §5): one file from the record of a person
 * to claims. Name and user name are members of the record; everything else is `metadata.claims`,
 * which an operator writes and which is checked when it is written and again when it is read.
 */
import { z } from 'zod'
import type { ClaimRequest } from '../model/grant-facts.ts'
import type { PrincipalRecord } from '../model/records.ts'

const text = z.string().min(1).max(200)
const webUrl = z.url({ protocol: /^https?$/ }).max(2000)

/** Claims that an operator may record of a person, by their names on the wire (Core §5.1). */
export const userClaims = z.strictObject({
  given_name: text.optional(),
  family_name: text.optional(),
  middle_name: text.optional(),
  nickname: text.optional(),
  profile: webUrl.optional(),
  picture: webUrl.optional(),
  website: webUrl.optional(),
  gender: text.optional(),
  birthdate: z
    .string()
    .regex(/^(?:\d{4}|0000)(?:-\d{2}-\d{2})?$/)
    .optional(),
  zoneinfo: text.optional(),
  locale: z
    .string()
    .regex(/^[A-Za-z]{2,8}(?:[-_][A-Za-z0-9]{1,8})*$/)
    .optional(),
  updated_at: z.int().min(0).optional(),
  email: z.email().max(254).optional(),
  email_verified: z.boolean().optional(),
  phone_number: z
    .string()
    .regex(/^\+[0-9 ()-]{4,30}(?:;ext=\d{1,10})?$/)
    .optional(),
  phone_number_verified: z.boolean().optional(),
  address: z
    .strictObject({
      formatted: z.string().max(500).optional(),
      street_address: text.optional(),
      locality: text.optional(),
      region: text.optional(),
      postal_code: text.optional(),
      country: text.optional(),
    })
    .optional(),
})

/** Which claims a scope opens (Core §5.4). */
const SCOPE_CLAIMS: Readonly<Record<string, readonly string[]>> = {
  profile: [
    'name',
    'family_name',
    'given_name',
    'middle_name',
    'nickname',
    'preferred_username',
    'profile',
    'picture',
    'website',
    'gender',
    'birthdate',
    'zoneinfo',
    'locale',
    'updated_at',
  ],
  email: ['email', 'email_verified'],
  address: ['address'],
  phone: ['phone_number', 'phone_number_verified'],
}

/** Claims of a person that there are, for discovery. */
export const PERSON_CLAIMS: readonly string[] = Object.values(SCOPE_CLAIMS).flat()

/** What is asked of a person. */
export interface ClaimsWish {
  /** Of the token; each opens its claims. */
  readonly scopes: readonly string[]
  /** A member of the `claims` parameter (Core §5.5). */
  readonly requested?: Readonly<Record<string, ClaimRequest>> | undefined
  /** Whether the operator vouches for the client, so that people are not asked (`consent`). */
  readonly trusted: boolean
}

/** The members of the record of a person that claims come from. */
type Described = Pick<PrincipalRecord, 'name' | 'username' | 'metadata'>

/**
 * Claims of the ID token: those that the `claims` parameter asks for there. Scopes alone put none
 * into it: with a code there is an access token, and so the userinfo endpoint (Core §5.4).
 */
export const idTokenClaims = (wish: ClaimsWish): readonly string[] => {
  const open = wish.trusted ? PERSON_CLAIMS : openedBy(wish.scopes)
  return open.filter((claim) => Object.hasOwn(wish.requested ?? {}, claim))
}

/** Claims of the userinfo endpoint: those of the scopes, and those that are asked for one by one. */
export const userinfoClaims = (wish: ClaimsWish): readonly string[] => [
  ...new Set([...openedBy(wish.scopes), ...idTokenClaims(wish)]),
]

/**
 * What is asked for one by one counts within the scopes that were granted: these a person was shown,
 * and to more it has not agreed. Where the operator vouches for the client, nobody is asked, and it
 * counts by itself.
 */
const openedBy = (scopes: readonly string[]): readonly string[] =>
  scopes.flatMap((scope) => (Object.hasOwn(SCOPE_CLAIMS, scope) ? (SCOPE_CLAIMS[scope] ?? []) : []))

/**
 * The claims of a person that are known. One that is not is left out, essential or not (Core
 * §5.5.1); a `value` that is asked for is no condition.
 */
export function describePerson(
  { name, username, metadata }: Described,
  wanted: readonly string[],
): Readonly<Record<string, unknown>> {
  const recorded = userClaims.safeParse(metadata['claims'] ?? {})
  const known: Readonly<Record<string, unknown>> = {
    ...(recorded.success ? recorded.data : {}),
    name: name === '' ? undefined : name,
    preferred_username: username ?? undefined,
  }
  const found = wanted.filter((claim) => known[claim] !== undefined)
  return Object.fromEntries(found.map((claim) => [claim, known[claim]]))
}
