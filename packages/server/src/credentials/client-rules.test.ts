/** What the registry refuses by itself, whoever asks; what the API asks is in management/clients.test.ts. */
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { completeClient, type ClientSettings } from '../model/client-settings.ts'
import { checkClientSettings, hasSecret } from './client-rules.ts'

const pointerOf = (settings: Partial<ClientSettings>): string | undefined =>
  checkClientSettings(completeClient(settings))?.error.pointer

void describe('settings that never passed a schema', () => {
  const refused: readonly (readonly [Partial<ClientSettings>, string])[] = [
    [{ audiences: ['https://api.example', ''] }, '/audiences/1'],
    [{ audiences: ['x'.repeat(501)] }, '/audiences/0'],
    [{ accessTokenTtlSeconds: 0 }, '/accessTokenTtlSeconds'],
    [{ accessTokenTtlSeconds: 86_401 }, '/accessTokenTtlSeconds'],
    [{ refreshTokenTtlSeconds: 401 * 86_400 }, '/refreshTokenTtlSeconds'],
    [{ refreshTokenIdleSeconds: 1 }, '/refreshTokenIdleSeconds'],
    [{ jwks: { keys: [] } }, '/jwks/keys'],
    [
      { tokenEndpointAuthMethod: 'tls_client_auth', tlsClientName: { kind: 'san_dns', value: '' } },
      '/tlsClientName/value',
    ],
    [{ consent: 'trusted', origin: 'registration' }, '/consent'],
    [{ consent: 'trusted', origin: 'metadata-document' }, '/consent'],
    [{ logoUri: `https://a.example/${'x'.repeat(2000)}` }, '/logoUri'],
    [{ tosUri: 'https://a.example/#x' }, '/tosUri'],
  ]
  for (const [settings, pointer] of refused) {
    test(`${pointer} is named`, () => {
      assert.equal(pointerOf(settings), pointer)
    })
  }

  test('the defaults can be meant', () => {
    assert.equal(pointerOf({}), undefined)
    assert.equal(pointerOf({ consent: 'trusted' }), undefined)
  })
})

test('two mechanisms are secrets, and no other', () => {
  const methods = [
    'client_secret_basic',
    'client_secret_post',
    'private_key_jwt',
    'tls_client_auth',
    'self_signed_tls_client_auth',
    'none',
  ] as const
  assert.deepEqual(methods.filter(hasSecret), ['client_secret_basic', 'client_secret_post'])
})
