import { assertConfig } from '../core/errors.ts'
import { Secret } from '../core/secret.ts'
import type { Proof } from './proof.ts'

/**
 * Attaches an API key.
 *
 * @param header - The field it travels in. @defaultValue `x-api-key`
 * @throws {@link ConfigError} for an empty key.
 */
export function apiKey(key: Secret | string | undefined, header = 'x-api-key'): Proof {
  const secret = typeof key === 'string' ? new Secret(key) : key
  assertConfig(
    secret !== undefined && secret.reveal() !== '',
    'CS_CONFIG_CREDENTIAL_MISSING',
    'apiKey: the key is empty; is its environment variable set?',
  )
  return Object.freeze({ attach: () => [[header, secret.reveal()] as const] })
}
