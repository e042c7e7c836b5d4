import assert from 'node:assert/strict'
import { test } from 'node:test'
import { parseCertificate, parseIntermediates, type Certificate } from './certificate.ts'
import { mintKey } from '../testing/x509/key.ts'
import { mintCertificate, type CertificatePlan, type Minted } from '../testing/x509/certificate.ts'
import type { PathError } from './path-error.ts'
import { validatePath, type PathOptions } from './path.ts'

/** SR-301: a certificate is accepted for one reason and refused for a named one. */

const NOW = 1_790_000_000
const CLIENT = '1.3.6.1.5.5.7.3.2'
const SERVER = '1.3.6.1.5.5.7.3.1'
const ANY = '2.5.29.37.0'

const read = ({ der }: Minted): Certificate => {
  const parsed = parseCertificate(der)
  assert.ok(parsed.ok, parsed.ok ? '' : parsed.error)
  return parsed.value
}

/** Root, intermediate and leaf, each as a plan says. */
interface Plans {
  readonly root?: CertificatePlan
  readonly intermediate?: CertificatePlan
  readonly leaf?: CertificatePlan
}

async function optionsOf({ root, intermediate, leaf }: Plans): Promise<PathOptions> {
  const anchor = await mintCertificate({ subject: 'root', authority: {}, ...root })
  const issuer = await mintCertificate({
    subject: 'intermediate',
    authority: {},
    issuer: anchor,
    ...intermediate,
  })
  return {
    leaf: read(await mintCertificate({ issuer, ...leaf })),
    intermediates: [read(issuer)],
    anchors: [read(anchor)],
    at: NOW,
    purpose: 'client',
  }
}

async function outcome(options: PathOptions): Promise<PathError | 'accepted'> {
  const result = await validatePath(options)
  return result.ok ? 'accepted' : result.error.reason
}

const dns = (...names: string[]): { dNSName: string }[] => names.map((dNSName) => ({ dNSName }))
const uri = (value: string): { uniformResourceIdentifier: string }[] => [
  { uniformResourceIdentifier: value },
]
const CRITICAL = { id: '1.2.3.4', critical: true, value: Uint8Array.of(5, 0) }

const CASES: readonly (readonly [string, PathError | 'accepted', Plans])[] = [
  ['a client certificate under an intermediate', 'accepted', {}],
  ['a leaf in its last second', 'accepted', { leaf: { notAfter: NOW } }],
  ['a leaf a second too old', 'expired', { leaf: { notAfter: NOW - 1 } }],
  ['a leaf a second too young', 'not-yet-valid', { leaf: { notBefore: NOW + 1 } }],
  ['an expired intermediate', 'expired', { intermediate: { notAfter: NOW - 1 } }],
  ['an expired root', 'expired', { root: { notAfter: NOW - 1 } }],
  ['a server certificate', 'extended-key-usage', { leaf: { purposes: [SERVER] } }],
  ['any purpose and nothing else', 'extended-key-usage', { leaf: { purposes: [ANY] } }],
  ['any purpose and client', 'accepted', { leaf: { purposes: [ANY, CLIENT] } }],
  ['no purpose', 'extended-key-usage', { leaf: { purposes: [] } }],
  [
    'an intermediate for servers only',
    'extended-key-usage',
    { intermediate: { purposes: [SERVER] } },
  ],
  ['an intermediate for any purpose', 'accepted', { intermediate: { purposes: [ANY] } }],
  ['a key for encipherment only', 'key-usage', { leaf: { keyUsage: 4 } }],
  ['a leaf that may sign certificates', 'key-usage', { leaf: { keyUsage: 0x21 } }],
  ['an intermediate that may sign lists only', 'key-usage', { intermediate: { keyUsage: 0x40 } }],
  ['an authority as a leaf', 'basic-constraints', { leaf: { authority: {} } }],
  [
    'an end entity as an intermediate',
    'basic-constraints',
    { intermediate: { authority: undefined } },
  ],
  ['a path longer than the root allows', 'path-length', { root: { authority: { pathLength: 0 } } }],
  [
    'a path exactly as long as allowed',
    'accepted',
    { root: { authority: { pathLength: 1 } }, intermediate: { authority: { pathLength: 0 } } },
  ],
  ['an unknown critical extension', 'critical-extension', { leaf: { more: [CRITICAL] } }],
  ['the same, not critical', 'accepted', { leaf: { more: [{ ...CRITICAL, critical: false }] } }],
  ['one in the root', 'critical-extension', { root: { more: [CRITICAL] } }],
  [
    'an authority that demands policies',
    'critical-extension',
    {
      intermediate: {
        more: [{ id: '2.5.29.36', critical: false, value: Uint8Array.of(48, 3, 128, 1, 0) }],
      },
    },
  ],
  ['a leaf without any name', 'profile', { leaf: { subject: '' } }],
  ['a leaf with alternative names only', 'accepted', { leaf: { subject: '', names: dns('a.b') } }],
  [
    'a DNS name outside',
    'name-constraints',
    {
      intermediate: { permitted: dns('example.com') },
      leaf: { names: dns('a.example.com', 'example.org') },
    },
  ],
  [
    'a look-alike of the permitted name',
    'name-constraints',
    {
      intermediate: { permitted: dns('example.com') },
      leaf: { names: dns('notexample.com') },
    },
  ],
  [
    'a wildcard that covers an excluded name',
    'name-constraints',
    {
      root: { excluded: dns('admin.example.com') },
      leaf: { names: dns('*.example.com') },
    },
  ],
  [
    'a leaf with the name of its issuer, outside',
    'name-constraints',
    {
      root: { permitted: dns('example.com') },
      leaf: { subject: 'intermediate', names: dns('example.org') },
    },
  ],
  [
    'a key change of the root with a name outside, whose leaf is inside',
    'accepted',
    {
      root: { permitted: dns('example.com') },
      intermediate: { subject: 'root', names: dns('example.org') },
      leaf: { names: dns('a.example.com') },
    },
  ],
  [
    'a wildcard that covers more than the permitted name',
    'name-constraints',
    { root: { permitted: dns('a.example.com') }, leaf: { names: dns('*.example.com') } },
  ],
  [
    'a mailbox in the subject, outside',
    'name-constraints',
    {
      root: { permitted: [{ rfc822Name: 'example.com' }] },
      leaf: { subjectEmail: 'somebody@example.org' },
    },
  ],
  [
    'a mailbox in the subject, inside',
    'accepted',
    {
      root: { permitted: [{ rfc822Name: 'example.com' }] },
      leaf: { subjectEmail: 'somebody@example.com' },
    },
  ],
  [
    'a SPIFFE id of another trust domain',
    'name-constraints',
    {
      root: { permitted: uri('example.org') },
      leaf: { names: uri('spiffe://evil.example/ns/a') },
    },
  ],
  [
    'a SPIFFE id of the permitted trust domain',
    'accepted',
    {
      root: { permitted: uri('example.org') },
      leaf: { names: uri('spiffe://example.org/ns/a') },
    },
  ],
  [
    'a URI with the permitted host as its user',
    'name-constraints',
    {
      root: { permitted: uri('example.org') },
      leaf: { names: uri('https://example.org@evil.example/') },
    },
  ],
  [
    'a URI without a host where hosts are excluded',
    'name-constraints',
    { root: { excluded: uri('example.org') }, leaf: { names: uri('urn:example:a') } },
  ],
  [
    'an address outside',
    'name-constraints',
    {
      root: { permitted: [{ iPAddress: '10.0.0.0/8' }] },
      leaf: { names: [{ iPAddress: '11.0.0.1' }] },
    },
  ],
  [
    'an address inside',
    'accepted',
    {
      root: { permitted: [{ iPAddress: '10.0.0.0/8' }] },
      leaf: { names: [{ iPAddress: '10.1.2.3' }] },
    },
  ],
]

for (const [name, expected, plans] of CASES) {
  test(`${name}: ${expected}`, async () => {
    assert.equal(await outcome(await optionsOf(plans)), expected)
  })
}

test('what RFC 5280 leaves open is accepted only when it is named unsafe', async () => {
  const authority = await optionsOf({ leaf: { authority: {}, purposes: [CLIENT] } })
  assert.equal(await outcome({ ...authority, unsafe: { acceptCaAsLeaf: true } }), 'accepted')
  const silent = await optionsOf({ leaf: { purposes: [] } })
  assert.equal(await outcome({ ...silent, unsafe: { acceptMissingPurpose: true } }), 'accepted')
})

test('a self-signed certificate, or one of a stranger, has no path', async () => {
  const options = await optionsOf({})
  const own = read(await mintCertificate({}))
  assert.equal(await outcome({ ...options, leaf: own, intermediates: [own] }), 'no-path')
  assert.equal(await outcome({ ...options, anchors: [] }), 'no-path')
  assert.equal(await outcome({ ...options, intermediates: [] }), 'no-path')
})

test('a stranger with the name of the root has no path either', async () => {
  const options = await optionsOf({})
  const root = await mintCertificate({ subject: 'root', authority: {} })
  const leaf = read(await mintCertificate({ issuer: root }))
  assert.equal(await outcome({ ...options, leaf, intermediates: [read(root)] }), 'signature')
})

test('a root that changed its key is found by either key', async () => {
  const options = await optionsOf({})
  const next = read(await mintCertificate({ subject: 'root', authority: {} }))
  for (const anchors of [
    [next, ...options.anchors],
    [...options.anchors, next],
  ]) {
    assert.equal(await outcome({ ...options, anchors }), 'accepted')
  }
})

test('authorities that sign each other end the search, and cost a bounded number of signatures', async () => {
  const [one, two] = [await mintKey(), await mintKey()]
  const a = { subject: 'a', key: one, authority: {} }
  const b = { subject: 'b', key: two, authority: {} }
  const first = await mintCertificate({ ...a, issuer: { subject: 'b', key: two } })
  const second = await mintCertificate({ ...b, issuer: { subject: 'a', key: one } })
  const leaf = read(await mintCertificate({ issuer: first }))
  const { anchors } = await optionsOf({})
  const options = { leaf, anchors, at: NOW, purpose: 'client' as const }
  assert.equal(await outcome({ ...options, intermediates: [read(first), read(second)] }), 'no-path')
  // Twelve authorities with one name and twelve keys would be 12! orders to try.
  const same = await Promise.all(
    Array.from({ length: 12 }, () => mintCertificate({ subject: 'a', authority: {} })),
  )
  const stranger = await mintCertificate({ issuer: { subject: 'a', key: one } })
  assert.equal(
    await outcome({
      ...options,
      leaf: read(stranger),
      intermediates: same.map(read),
      limits: { maxSignatures: 8 },
    }),
    'signature-budget',
  )
})

test('comparisons of names are bounded, and so is the length of a path of key changes', async () => {
  const options = await optionsOf({
    root: { permitted: dns('a.example', 'b.example', 'c.example') },
    leaf: { names: dns('x.a.example', 'x.b.example', 'x.c.example') },
  })
  const limited = (maxNameComparisons: number): PathOptions => ({
    ...options,
    limits: { maxNameComparisons },
  })
  // Three bases for four names of the leaf and one of the intermediate.
  assert.equal(await outcome(limited(15)), 'accepted')
  assert.equal(await outcome(limited(14)), 'name-constraints')

  const root = await mintCertificate({ subject: 'a', authority: {} })
  let last: Minted = root
  const chain: Minted[] = []
  for (let index = 0; index < 17; index += 1) {
    // oxlint-disable-next-line no-await-in-loop -- each signs the next
    last = await mintCertificate({ subject: 'a', authority: {}, issuer: last })
    chain.push(last)
  }
  const leaf = read(await mintCertificate({ issuer: last }))
  const long = { ...options, leaf, intermediates: chain.map(read), anchors: [read(root)] }
  const limits = { maxSignatures: 1000 }
  assert.equal(await outcome({ ...long, limits }), 'path-length')
  const short = chain.slice(-3).map(read)
  const [anchor = options.leaf, ...rest] = short
  assert.equal(
    await outcome({ ...long, limits, intermediates: rest, anchors: [anchor] }),
    'accepted',
  )
})

test('a time that is no number is outside every certificate', async () => {
  const options = await optionsOf({})
  assert.notEqual(await outcome({ ...options, at: Number.NaN }), 'accepted')
})

test('no byte of a certificate can be flipped', async () => {
  const options = await optionsOf({ leaf: { names: dns('a.example.com') } })
  const { der } = options.leaf
  for (let index = 0; index < der.length; index += 1) {
    const flipped = der.with(index, (der[index] ?? 0) ^ (1 << (index % 8)))
    const parsed = parseCertificate(flipped)
    if (!parsed.ok) continue
    assert.notEqual(await outcome({ ...options, leaf: parsed.value }), 'accepted', `${index}`)
  }
})

test('the signature of one certificate does not hold another', async () => {
  const options = await optionsOf({})
  const other = await optionsOf({})
  const leaf = { ...options.leaf, signature: other.leaf.signature }
  assert.equal(await outcome({ ...options, leaf }), 'signature')
})

test('what a peer sends is read up to a bound, and what is unreadable is left out', async () => {
  const { intermediates } = await optionsOf({})
  const [{ der } = { der: new Uint8Array() }] = intermediates
  assert.equal(parseIntermediates([Uint8Array.of(1, 2, 3), der]).length, 1)
  assert.equal(parseIntermediates(new Array<Uint8Array>(100).fill(der)).length, 8)
})

test('an answer comes at once where the platform gives signatures at once', async () => {
  assert.ok(!(validatePath(await optionsOf({})) instanceof Promise))
})
