import { assertConfig, isScope } from 'countersign'
import { MANAGEMENT_PREFIX } from '../credentials/actor.ts'

/** What a client that no operator made may have at the most (SR-053, SR-054). */
export interface StrangerTerms {
  /** Scopes that it may ask people for. Never management scopes. */
  readonly scopes: readonly string[]
  /** APIs (RFC 8707 resources) it may ask tokens for; the first is the default. */
  readonly audiences: readonly string[]
}

/** Registration by clients themselves (RFC 7591). */
export interface RegistrationOptions extends StrangerTerms {
  /**
   * Who may register: callers with an initial access token, which is an API key with the scope
   * `countersign:clients:register`, or anyone who can reach the endpoint.
   */
  readonly access: 'initial-access-token' | 'anyone'
  /** Registered clients of a tenant, at most; more are refused until some are gone. @defaultValue 1000 */
  readonly maxClients?: number
  /** Registrations an hour from one address prefix. @defaultValue 20 */
  readonly perAddressHourly?: number
  /**
   * Seconds after which a client that nobody has granted anything, and that has used no secret, is
   * removed.
   *
   * @defaultValue 86400
   */
  readonly unusedSeconds?: number
}

/** Clients whose `client_id` is the URL of a document about them. */
export interface MetadataDocumentOptions extends StrangerTerms {
  /** Hosts whose documents are read; without it, those of every public host. */
  readonly allowHosts?: readonly string[]
}

/** {@link RegistrationOptions}, complete. */
export type ResolvedRegistration = Required<RegistrationOptions>

/** Completes and checks the terms of registration. @throws `ConfigError` */
export function resolveRegistration(options: RegistrationOptions): ResolvedRegistration {
  checkTerms('registration', options)
  const { access, maxClients = 1000, perAddressHourly = 20, unusedSeconds = 86_400 } = options
  assertConfig(
    access === 'anyone' || access === 'initial-access-token',
    'CS_CONFIG_REGISTRATION_ACCESS',
    'registration.access: write "initial-access-token" or "anyone"',
  )
  const bounds = { maxClients, perAddressHourly, unusedSeconds }
  for (const [name, value] of Object.entries(bounds)) {
    assertConfig(
      Number.isInteger(value) && value > 0,
      'CS_CONFIG_REGISTRATION_BOUND',
      `registration.${name}: an integer above 0`,
    )
  }
  return Object.freeze({ ...options, ...bounds })
}

/** Checks the terms of metadata documents. @throws `ConfigError` */
export function resolveMetadataDocuments(
  options: MetadataDocumentOptions,
): MetadataDocumentOptions {
  checkTerms('clientIdMetadataDocuments', options)
  return Object.freeze({ ...options })
}

function checkTerms(option: string, { scopes, audiences }: StrangerTerms): void {
  for (const scope of scopes) {
    const first = scope.split(':', 1)[0] ?? ''
    assertConfig(
      isScope(scope) && first !== '*' && !`${first}:`.startsWith(MANAGEMENT_PREFIX),
      'CS_CONFIG_STRANGER_SCOPE',
      `${option}.scopes: "${scope}" is no scope that a stranger can have`,
    )
  }
  assertConfig(
    audiences.every((audience) => audience !== '' && audience.length <= 500),
    'CS_CONFIG_STRANGER_AUDIENCE',
    `${option}.audiences: an audience has 1 to 500 characters`,
  )
}
