import assert from 'node:assert/strict'
import { test } from 'node:test'
import { isRegistrable, matchRedirectUri } from './redirect-uri.ts'

test('what can be registered (SR-003)', () => {
  const rows: readonly (readonly [uri: string, web: boolean, native: boolean])[] = [
    ['https://app.example/cb', true, true],
    ['https://app.example/cb?x=1', true, true],
    ['https://app.example', true, true],
    ['http://app.example/cb', false, false],
    ['http://127.0.0.1/cb', false, true],
    ['http://127.0.0.1:8080/cb', false, true],
    ['http://[::1]/cb', false, true],
    ['http://localhost/cb', false, true],
    ['com.example.app:/cb', false, true],
    ['myapp:/cb', false, false],
    ['https://app.example/cb#x', false, false],
    ['https://user@app.example/cb', false, false],
    ['https://*.example/cb', false, false],
    ['https://app.example\\evil/cb', false, false],
    ['https://app.example/\u00fc', false, false],
    ['javascript:alert(1)', false, false],
    ['data:text/html,x', false, false],
    ['/cb', false, false],
    ['', false, false],
  ]
  for (const [uri, web, native] of rows) {
    assert.equal(isRegistrable(uri, 'web'), web, uri)
    assert.equal(isRegistrable(uri, 'native'), native, uri)
  }
})

test('without one in the request, only the only one counts', () => {
  const client = { applicationType: 'web', redirectUris: ['https://a.example/cb'] } as const
  assert.equal(matchRedirectUri(client, undefined), 'https://a.example/cb')
  const two = { ...client, redirectUris: ['https://a.example/cb', 'https://b.example/cb'] }
  assert.equal(matchRedirectUri(two, undefined), undefined)
  assert.equal(matchRedirectUri({ ...client, redirectUris: [] }, undefined), undefined)
})

test('the free port of a native client is a port', () => {
  const client = { applicationType: 'native', redirectUris: ['http://127.0.0.1/cb'] } as const
  assert.equal(matchRedirectUri(client, 'http://127.0.0.1:65535/cb'), 'http://127.0.0.1:65535/cb')
  assert.equal(matchRedirectUri(client, 'http://127.0.0.1:65536/cb'), undefined)
})
