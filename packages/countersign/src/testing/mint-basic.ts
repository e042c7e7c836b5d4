import type { ServicePrincipal, UserPrincipal } from '../core/principal.ts'
import { basicCredentials } from '../methods/basic/sign.ts'
import type { BasicSource } from '../methods/basic/source.ts'

/** What can be wrong with a user that was made to be refused. */
export type BasicFault = 'wrong-password' | 'unknown' | 'base64' | 'no-colon'

/** Which user a test wants. */
export interface TestBasicOptions {
  /** @defaultValue `ada` */
  readonly username?: string
  /** @defaultValue `correct horse` */
  readonly password?: string
  /** @defaultValue nothing: a good user */
  readonly broken?: BasicFault
  /** @defaultValue a user with the name as id and no scopes */
  readonly principal?: UserPrincipal | ServicePrincipal
}

/** A user for a test. */
export interface TestBasic {
  readonly username: string
  readonly password: string
  /** Ready to be spread into a request. */
  readonly headers: { readonly authorization: string }
  /** A source that knows this user and no other, unless it is `unknown`. It compares plain text. */
  readonly source: BasicSource
}

/** Makes a user name and a password, good or broken on purpose, with the source that knows them. */
export function mintTestBasic(options: TestBasicOptions = {}): TestBasic {
  const { username = 'ada', password = 'correct horse', broken } = options
  const principal = options.principal ?? testUser(username)
  const source: BasicSource = {
    verify: (sent) =>
      broken !== 'unknown' && sent.username === username && sent.password.reveal() === password
        ? { outcome: 'accepted', principal }
        : { outcome: 'rejected' },
  }
  const sent = broken === 'wrong-password' ? `${password}, wrong` : password
  const authorization =
    broken === 'base64' || broken === 'no-colon'
      ? MALFORMED[broken]
      : basicCredentials(username, sent)
  return { username, password, headers: { authorization }, source }
}

const MALFORMED = {
  base64: 'Basic !!!!',
  'no-colon': `Basic ${btoa('nothing')}`,
} as const

const testUser = (username: string): UserPrincipal => ({
  type: 'user',
  id: username,
  tenant: 'default',
  method: 'basic',
  credentialId: username,
  scopes: [],
  claims: {},
  authenticatedAt: 0,
})
