import { assertConfig, type Secret } from 'countersign'
import { staticKeySet, type JwkSet, type KeySet } from 'countersign/jwt'
import { parseDestination } from '../../pages/destination.ts'
import type { PeoplePolicy } from './policy.ts'

/** How people sign in. */
export interface SignInOptions {
  /**
   * The host application signs people in, in place of the password page.
   *
   * @defaultValue none: the password of our user table
   */
  readonly handOff?: HandOffOptions
  /** OpenID providers, as links on the sign-in page. @defaultValue none */
  readonly providers?: readonly ProviderOptions[]
  /** Whether the sign-in page takes passwords of our user table. @defaultValue true */
  readonly password?: boolean
}

/** An OpenID provider. Its redirect URI for us is `<issuer>/oauth/provider/callback`. */
export interface ProviderOptions {
  /** In URLs: lower-case letters, digits, hyphens. */
  readonly id: string
  /** On the button. */
  readonly name: string
  /** Its issuer identifier; metadata is read from there. */
  readonly issuer: string
  readonly clientId: string
  readonly clientSecret: Secret
  /** @defaultValue `openid profile` */
  readonly scope?: string
  /** What happens with somebody who was never here. */
  readonly people?: PeoplePolicy
  /** How requests to it are made. @defaultValue the global `fetch` */
  readonly fetch?: (url: string, options: RequestInit) => Promise<Response>
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
  readonly providers: readonly ResolvedProvider[]
  readonly password: boolean
}

/** {@link ProviderOptions}, checked. */
export interface ResolvedProvider extends ProviderOptions {
  readonly scope: string
}

/** {@link HandOffOptions}, checked. */
export interface ResolvedHandOff extends Omit<HandOffOptions, 'keys'> {
  readonly keys: KeySet
}

/** Checks how people sign in. @throws ConfigError for a URL or keys that cannot be meant. */
export function resolveSignIn(options: SignInOptions = {}): SignInWays {
  const { handOff, providers = [], password = true } = options
  assertConfig(
    handOff === undefined || providers.length === 0,
    'CS_CONFIG_SIGN_IN',
    'signIn: the host signs people in, or providers do, and not both',
  )
  assertConfig(
    password || providers.length > 0 || handOff !== undefined,
    'CS_CONFIG_SIGN_IN',
    'signIn: without passwords there has to be a provider or a host',
  )
  return Object.freeze({
    handOff: handOff && checkHandOff(handOff),
    providers: providers.map(checkProvider),
    password,
  })
}

function checkHandOff(handOff: HandOffOptions): ResolvedHandOff {
  assertWeb(handOff.url, 'signIn.handOff.url')
  assertConfig(
    /^[!-~]{1,200}$/.test(handOff.issuer) && !handOff.issuer.includes('#'),
    'CS_CONFIG_HAND_OFF_ISSUER',
    'signIn.handOff.issuer must be 1 to 200 printable characters without #',
  )
  return { ...handOff, keys: staticKeySet(handOff.keys) }
}

function checkProvider(provider: ProviderOptions): ResolvedProvider {
  const { id, issuer, scope = 'openid profile' } = provider
  assertConfig(
    /^[a-z\d-]{1,32}$/.test(id),
    'CS_CONFIG_PROVIDER_ID',
    'signIn.providers: id must be 1 to 32 lower-case letters, digits and hyphens',
  )
  assertWeb(issuer, 'signIn.providers: issuer')
  assertConfig(
    scope.split(' ').includes('openid'),
    'CS_CONFIG_PROVIDER_SCOPE',
    'signIn.providers: scope must have openid',
  )
  return { ...provider, scope }
}

function assertWeb(text: string, option: string): void {
  const url = parseDestination(text)
  assertConfig(
    url.ok && url.value.kind !== 'app' && !text.includes('#'),
    'CS_CONFIG_SIGN_IN_URL',
    `${option} must be https, or http on a loopback host`,
  )
}
