import assert from 'node:assert/strict'
import { test } from 'node:test'
import { URL_ATTACKS } from './attacks.ts'
import { parseDestination } from './destination.ts'

for (const { name, text } of URL_ATTACKS) {
  test(`SR-002, SR-003: no page leads to ${name}`, () => {
    assert.deepEqual(parseDestination(text), { ok: false, error: 'not-a-destination' })
  })
}

const PLACES = [
  ['https://app.example.com/callback?code=a', 'web', 'app.example.com'],
  ['https://app.example.com:8443/', 'web', 'app.example.com:8443'],
  ['https://xn--bnk-6cd.example/', 'web', 'xn--bnk-6cd.example'],
  ['http://127.0.0.1:49152/callback', 'loopback', '127.0.0.1:49152'],
  ['http://localhost/callback', 'loopback', 'localhost'],
  ['http://[::1]:8080/', 'loopback', '[::1]:8080'],
  ['com.example.app:/callback', 'app', 'com.example.app:'],
  ['cursor://anysphere/callback', 'app', 'cursor:'],
] as const

for (const [url, kind, place] of PLACES) {
  test(`names ${url} by what a person can judge`, () => {
    assert.deepEqual(parseDestination(url), { ok: true, value: { url, kind, place } })
  })
}
