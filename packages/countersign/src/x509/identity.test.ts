import assert from 'node:assert/strict'
import { test } from 'node:test'
import { parseCertificate } from './certificate.ts'
import { readIdentity } from './identity.ts'
import type { MintName } from '../testing/x509/extensions.ts'
import { mintCertificate } from '../testing/x509/certificate.ts'

/** SR-301: one identity, a SPIFFE id or DNS names, never the common name. */

const uri = (value: string): Partial<MintName> => ({ uniformResourceIdentifier: value })
const dns = (value: string): Partial<MintName> => ({ dNSName: value })

const CASES: readonly (readonly [string, readonly Partial<MintName>[], string])[] = [
  ['a SPIFFE id', [uri('spiffe://example.org/ns/a/sa/b')], 'spiffe://example.org/ns/a/sa/b'],
  ['a SPIFFE id beside a DNS name', [dns('a.b'), uri('spiffe://a.b/c')], 'spiffe://a.b/c'],
  ['two SPIFFE ids', [uri('spiffe://a.b/c'), uri('spiffe://a.b/d')], 'ambiguous-spiffe'],
  ['a SPIFFE id and another URI', [uri('https://a.b/'), uri('spiffe://a.b/c')], 'ambiguous-spiffe'],
  ['a trust domain alone', [uri('spiffe://example.org')], 'malformed-spiffe'],
  ['an empty segment', [uri('spiffe://example.org/a//b')], 'malformed-spiffe'],
  ['a relative segment', [uri('spiffe://example.org/a/../admin')], 'malformed-spiffe'],
  ['a trailing slash', [uri('spiffe://example.org/a/')], 'malformed-spiffe'],
  ['an upper case scheme', [uri('SPIFFE://example.org/a')], 'malformed-spiffe'],
  ['an upper case trust domain', [uri('spiffe://Example.org/a')], 'malformed-spiffe'],
  ['a port', [uri('spiffe://example.org:1/a')], 'malformed-spiffe'],
  ['a query', [uri('spiffe://example.org/a?b')], 'malformed-spiffe'],
  ['an encoded slash', [uri('spiffe://example.org/a%2fb')], 'malformed-spiffe'],
  [
    'an id of more than 2048 characters',
    [uri(`spiffe://example.org/${'a'.repeat(2048)}`)],
    'malformed-spiffe',
  ],
  ['DNS names, in lower case and once', [dns('A.b'), dns('a.B'), dns('c.d')], 'a.b,c.d'],
  ['a wildcard', [dns('*.example.com')], 'none'],
  ['another URI', [uri('https://example.org/')], 'none'],
  ['no alternative name, the common name being a host', [], 'none'],
]

for (const [name, names, expected] of CASES) {
  test(`${name}: ${expected}`, async () => {
    const { der } = await mintCertificate({ subject: 'host.example.com', names })
    const parsed = parseCertificate(der)
    assert.ok(parsed.ok)
    const identity = readIdentity(parsed.value)
    const text = identity.ok
      ? identity.value.kind === 'spiffe'
        ? identity.value.id
        : identity.value.names.join(',')
      : identity.error
    assert.equal(text, expected)
  })
}

test('a URI with a comma and another URI in it is no certificate', async () => {
  const { der } = await mintCertificate({ names: [uri('x, URI:spiffe://example.org/admin')] })
  assert.ok(!parseCertificate(der).ok)
})
