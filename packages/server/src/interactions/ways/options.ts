import { assertConfig } from 'countersign'
import { staticKeySet, type JwkSet, type KeySet } from 'countersign/jwt'
import { parseDestination } from '../../pages/destination.ts'
import type { PeoplePolicy } from './people.ts'

/** How people sign in. */
export interface SignInOptions {
  /**
   * The host application signs people in, in place of the password page.
   *
   * @defaultValue none: the password of our user table
   */
  readonly handOff?: HandOffOptions
}

/** The host application, and what it may say. */
export interface HandOffOptions {
  /** Where people sign in. It gets `interaction`, and `prompt=login` where nobody else will do. */
  readonly url: string
  /** `iss` of its tokens, and whose people they are: it is part of their user names. */
  readonly issuer: string
  /** Its public keys. */
  readonly keys: JwkSet
  /** What happens with somebody who was never here. */
  readonly people?: PeoplePolicy
}

/** {@link SignInOptions}, checked. */
export interface SignInWays {
  readonly handOff: ResolvedHandOff | undefined
}

/** {@link HandOffOptions}, checked. */
export interface ResolvedHandOff extends Omit<HandOffOptions, 'keys'> {
  readonly keys: KeySet
}

/** Checks how people sign in. @throws ConfigError for a URL or keys that cannot be meant. */
export function resolveSignIn({ handOff }: SignInOptions = {}): SignInWays {
  if (handOff === undefined) return { handOff: undefined }
  const url = parseDestination(handOff.url)
  assertConfig(
    url.ok && url.value.kind !== 'app',
    'CS_CONFIG_HAND_OFF_URL',
    'signIn.handOff.url must be https, or http on a loopback host',
  )
  assertConfig(
    /^[!-~]{1,200}$/.test(handOff.issuer) && !handOff.issuer.includes('#'),
    'CS_CONFIG_HAND_OFF_ISSUER',
    'signIn.handOff.issuer must be 1 to 200 printable characters without #',
  )
  return { handOff: { ...handOff, keys: staticKeySet(handOff.keys) } }
}
