import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import { isDnsName, readSpiffeId } from './names.ts'

const HOSTS = ['a', 'a.example', 'xn--bcher-kva.example', '1a.example', 'a-b.c1']
const NO_HOSTS = [
  '',
  '.',
  'a.',
  '.a',
  'a..b',
  'A.example',
  '*.example',
  'a_b.example',
  '-a.example',
  'a-.example',
  '127.0.0.1',
  '::1',
  'a b',
  'a,b',
  'a\0b',
  'bücher.example',
  `${'a'.repeat(64)}.example`,
  'a.'.repeat(127) + 'aa',
]
const IDS = [
  'spiffe://example.org/a',
  'spiffe://example.org/acme/service/svc_1',
  'spiffe://x/A.b-c',
]
const NO_IDS = [
  'spiffe://example.org',
  'spiffe://example.org/',
  'spiffe://example.org/a/',
  'spiffe://example.org//a',
  'spiffe://example.org/./a',
  'spiffe://example.org/a/../b',
  'spiffe://example.org/a%2fb',
  'spiffe://example.org/a?b',
  'spiffe://example.org/a#b',
  'spiffe://example.org:443/a',
  'spiffe://user@example.org/a',
  'spiffe://EXAMPLE.org/a',
  'SPIFFE://example.org/a',
  'spiffe:///a',
  'https://example.org/a',
  'x, URI:spiffe://example.org/a',
  'spiffe://example.org/a, URI:spiffe://other.example/b',
  'spiffe://example.org/a\n',
  'spiffe://example.org/\u{e9}',
  `spiffe://example.org/${'a'.repeat(2048)}`,
]

suite('names', () => {
  test('a host name is a host name and nothing else', () => {
    for (const name of HOSTS) assert.equal(isDnsName(name), true, name)
    for (const name of NO_HOSTS) assert.equal(isDnsName(name), false, name)
  })

  test('a SPIFFE ID has one spelling', () => {
    for (const id of IDS) {
      const read = readSpiffeId(id)
      assert.ok(read.ok, id)
      assert.equal(`spiffe://${read.value.trustDomain}/${read.value.path.join('/')}`, id)
    }
    for (const id of NO_IDS) assert.equal(readSpiffeId(id).ok, false, id)
  })
})
