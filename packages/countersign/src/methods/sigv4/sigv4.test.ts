import { strict as assert } from 'node:assert'
import { describe, it } from 'node:test'
import type { DecisionRecord } from '../../core/decision.ts'
import { ConfigError } from '../../core/errors.ts'
import { guard } from '../../core/guard.ts'
import { memoryReplay } from '../../core/memory-replay.ts'
import { answer } from '../../core/response.ts'
import { RevocationSet, type Revocations } from '../../core/revocation.ts'
import { Secret } from '../../core/secret.ts'
import { methodContract } from '../../testing/method-contract.ts'
import { requestView, type RequestParts } from '../../testing/request.ts'
import { testSigV4 } from '../../testing/sigv4-desk.ts'
import { signParts, signerOf } from './attack-parts.ts'
import { sigv4PathAttacks } from './attacks.ts'
import { presignParts } from './attacks-presigned.ts'
import { deriveSigningKey } from './derive.ts'
import type { SigV4Options } from './options.ts'
import { presignSigV4, signSigV4 } from './sign.ts'
import { signSigV4Chunked } from './sign-chunks.ts'
import { sigv4 } from './verify.ts'

const NOW = 1_700_000_000
const { material, source, secrets, attacks } = testSigV4(NOW)

const OPTIONS: SigV4Options = { source, region: 'eu-1', service: 'orders' }
const remember = () => memoryReplay({ unsafe: { noFence: true } })

methodContract('sigv4', async () => ({
  method: sigv4({ ...OPTIONS, replay: remember() }),
  now: NOW,
  accepted: [
    await signParts(material),
    await signParts(material, {
      target: '/orders?b=2&a=%C3%A9&a=1',
      headers: [['x-note', ' a  b ']],
    }),
    await signParts(material, { method: 'POST', body: '{"amount":2}' }),
    await signParts(material, {}, signerOf(material, material.keys.temporary)),
    await presignParts(material),
    await presignParts(material, signerOf(material, material.keys.temporary)),
  ],
  replayed: 'sigv4.replayed',
  attacks: [...(await attacks()), ...(await sigv4PathAttacks(material))],
  secrets: [
    ...secrets,
    'session+token',
    'session%2Btoken',
    (await signParts(material)).headers.at(-1)?.[1].slice(-64) ?? '',
  ],
}))

function desk(options: Partial<SigV4Options> = {}) {
  const clock = { now: NOW }
  const records: DecisionRecord[] = []
  const door = guard({
    methods: [sigv4({ ...OPTIONS, replay: remember(), ...options })],
    clock: () => clock.now * 1000,
    onDecision: (record) => records.push(record),
  })
  const ask = async (parts: RequestParts) => door.check(requestView(parts))
  const reason = async (parts: RequestParts): Promise<string> => {
    const decision = await ask(parts)
    return decision.outcome === 'refused' ? decision.reason : decision.outcome
  }
  return { clock, door, records, ask, reason }
}

describe('a signed request', () => {
  it('is accepted at both ends of its window and nowhere beyond (SR-108)', async () => {
    for (const [offset, expected] of [
      [-300, 'allowed'],
      [-301, 'sigv4.clock-skew'],
      [60, 'allowed'],
      [61, 'sigv4.clock-skew'],
    ] as const) {
      const parts = await signParts(material, {}, { now: NOW + offset })
      assert.equal(await desk().reason(parts), expected, String(offset))
    }
  })

  it('is refused for its time with the time of the server (SR-109)', async () => {
    const { door, ask } = desk()
    const decision = await ask(await signParts(material, {}, { now: NOW - 900 }))
    assert.equal(decision.outcome, 'refused')
    const body: unknown = JSON.parse(answer(decision, door).body)
    assert.ok(typeof body === 'object' && body !== null && 'serverTime' in body)
  })

  it('works zero times more for whoever captured it, in any order of its query (SR-106)', async () => {
    const { reason, clock } = desk()
    const parts = await signParts(material, { target: '/orders?a=1&b=2' })
    assert.equal(await reason(parts), 'allowed')
    const reordered = { ...parts, target: '/orders?b=2&&a=%31' }
    for (const later of [0, 60, 299, 300]) {
      clock.now = NOW + later
      assert.equal(await reason(parts), 'sigv4.replayed')
      assert.equal(await reason(reordered), 'sigv4.replayed')
    }
    clock.now = NOW + 301
    assert.equal(await reason(parts), 'sigv4.clock-skew')
  })

  it('from the time before the replay store began is fenced, not accepted (SR-107)', async () => {
    const replay = memoryReplay({ clock: () => NOW * 1000 })
    const { ask } = desk({ replay })
    const decision = await ask(await signParts(material))
    assert.equal(decision.outcome === 'refused' && decision.reason, 'request.replay-fenced')
    assert.ok(decision.outcome === 'refused' && decision.retryAfterSeconds > 60)
    const later = desk({ replay })
    later.clock.now = NOW + 61
    assert.equal(await later.reason(await signParts(material, {}, { now: NOW + 61 })), 'allowed')
  })

  it("is not claimed when anything about it is bad: nobody uses up the owner's request", async () => {
    const { reason } = desk()
    const post = await signParts(material, { method: 'POST', body: 'one' })
    assert.equal(await reason({ ...post, body: 'two' }), 'sigv4.body-mismatch')
    assert.equal(await reason({ ...post, target: '/orders?x' }), 'sigv4.signature-invalid')
    assert.equal(await reason(post), 'allowed')
  })

  it('makes nobody read the body unless its signature is good', async () => {
    let reads = 0
    const method = sigv4({ ...OPTIONS, replay: remember() })
    const door = guard({ methods: [method], clock: () => NOW * 1000 })
    const post = await signParts(material, { method: 'POST', body: 'one' })
    const view = requestView({ ...post, target: '/orders?changed' })
    const body = (maxBytes: number) => {
      reads += 1
      return view.body(maxBytes)
    }
    assert.equal((await door.check({ ...view, body })).outcome, 'refused')
    assert.equal(reads, 0)
    assert.equal((await door.check({ ...requestView(post), body })).outcome, 'allowed')
    assert.equal(reads, 1)
  })

  it('with a body above the limit is refused as such', async () => {
    const { reason } = desk({ maxBodyBytes: 3 })
    for (const [body, expected] of [
      ['one', 'allowed'],
      ['four', 'request.body-too-large'],
    ] as const) {
      const parts = await signParts(material, { method: 'POST', body })
      assert.equal(await reason(parts), expected)
    }
  })

  it('must cover the headers that the policy names, when they are there', async () => {
    const type = ['content-type', 'application/json'] as const
    const { reason } = desk({ signedHeaders: ['content-type'] })
    const unsigned = await signParts(material)
    const added = { ...unsigned, headers: [...unsigned.headers, type] }
    assert.equal(await reason(added), 'sigv4.header-unsigned')
    assert.equal(await reason(await signParts(material, { headers: [type] })), 'allowed')
    assert.equal(await reason(unsigned), 'allowed')
  })

  it('with two Host fields is refused: a proxy may route by the other', async () => {
    const parts = await signParts(material)
    const host = ['host', material.authority] as const
    const { reason } = desk()
    assert.equal(
      await reason({ ...parts, headers: [...parts.headers, host, ['host', 'b.test']] }),
      'sigv4.malformed',
    )
    assert.equal(await reason({ ...parts, headers: [...parts.headers, host] }), 'allowed')
  })

  it('with two session tokens is refused: which one was issued would be a guess', async () => {
    const parts = await signParts(material, {}, signerOf(material, material.keys.temporary))
    const token = ['x-amz-security-token', 'x'] as const
    const { reason } = desk()
    assert.equal(await reason({ ...parts, headers: [...parts.headers, token] }), 'sigv4.malformed')
    assert.equal(await reason(parts), 'allowed')
  })

  it('beside a bearer token is two credentials', async () => {
    const parts = await presignParts(material)
    const headers = [['authorization', 'Bearer token']] as const
    assert.equal(await desk().reason({ ...parts, headers }), 'request.multiple-credentials')
  })

  it('is accepted unsigned in body, or repeatedly, only when unsafe says so', async () => {
    const body = 'anything'
    const parts = await signParts(
      material,
      { method: 'PUT', body },
      { payload: 'UNSIGNED-PAYLOAD' },
    )
    const { reason } = desk({ unsafe: { unsignedPayload: true, replays: true } })
    assert.equal(await reason(parts), 'allowed')
    assert.equal(await reason({ ...parts, body: 'another' }), 'allowed')
  })

  it('ends with its key: revocations are asked on every request', async () => {
    const set = new RevocationSet()
    const revocations: Revocations = { find: (facts) => set.find(facts), freshness: () => 'live' }
    const { reason } = desk({ revocations })
    assert.equal(await reason(await signParts(material)), 'allowed')
    set.add({
      tenant: 'default',
      kind: 'credential',
      subject: 'AK-good',
      expiresAt: NOW + 9999,
    })
    const next = await signParts(material, { target: '/orders?next' })
    assert.equal(await reason(next), 'sigv4.revoked')
  })

  it('names its principal, and when it was signed', async () => {
    const used: string[] = []
    const { ask } = desk({ onUse: (id, now) => used.push(`${id} ${now}`) })
    const decision = await ask(await signParts(material, {}, { now: NOW - 7 }))
    assert.deepEqual(used, [`AK-good ${NOW}`])
    assert.equal(decision.outcome, 'allowed')
    const { id, credentialId, authenticatedAt, method } = decision.principal
    assert.deepEqual(
      [id, credentialId, authenticatedAt, method],
      ['owner-of-AK-good', 'AK-good', NOW - 7, 'sigv4'],
    )
  })

  it('answers an unknown key and a wrong secret with the same bytes (SR-201)', async () => {
    const { door, ask } = desk()
    const answers = await Promise.all(
      [
        { accessKeyId: 'AK-nobody' },
        { key: { secret: new Secret('another secret access key') } },
      ].map(async (signer) => {
        const decision = await ask(await signParts(material, {}, signer))
        assert.equal(decision.outcome, 'refused')
        return JSON.stringify(answer({ ...decision, decisionId: 'dec' }, door))
      }),
    )
    assert.equal(answers[0], answers[1])
  })
})

const record = (id: string) => ({ id, tenant: 'default', principalId: 'edge', scopes: [] })

describe('a derived signing key', () => {
  const scope = { date: '20231114', region: 'eu-1', service: 'orders' }

  it('verifies its day, region and service without the secret', async () => {
    const signingKey = await deriveSigningKey(material.keys.good.secret, scope)
    const edge = desk({
      source: {
        find: async (id) => ({
          ...(await source.find(id, scope)),
          ...record(id),
          key: { signingKey },
        }),
      },
    })
    assert.equal(await edge.reason(await signParts(material)), 'allowed')
    edge.clock.now = NOW + 86_400
    const tomorrow = await signParts(material, {}, { now: NOW + 86_400 })
    assert.equal(await edge.reason(tomorrow), 'sigv4.signature-invalid')
  })

  it('signs inside its scope', async () => {
    const signingKey = await deriveSigningKey(material.keys.good.secret, scope)
    const parts = await signParts(material, {}, { key: { signingKey } })
    assert.deepEqual(parts, await signParts(material))
  })

  it('or secret of the wrong length closes the door instead of opening it', async () => {
    for (const key of [
      { secret: new Secret('') },
      { secret: new Secret('short') },
      { signingKey: new Uint8Array(0) },
      { signingKey: new Uint8Array(31) },
    ]) {
      const { reason } = desk({ source: { find: (id) => ({ ...record(id), key }) } })
      const parts = await signParts(material, {}, { key })
      assert.equal(await reason(parts), 'request.unavailable')
    }
  })

  it('follows a secret that was rotated under the same id', async () => {
    let secret = material.keys.good.secret
    const { reason } = desk({ source: { find: (id) => ({ ...record(id), key: { secret } }) } })
    assert.equal(await reason(await signParts(material)), 'allowed')
    secret = new Secret('the next secret access key')
    assert.equal(
      await reason(await signParts(material, { target: '/a' })),
      'sigv4.signature-invalid',
    )
    assert.equal(await reason(await signParts(material, {}, { key: { secret } })), 'allowed')
  })
})

describe('a presigned URL', () => {
  it('lives exactly as long as it says', async () => {
    for (const [age, expected] of [
      [599, 'allowed'],
      [600, 'sigv4.url-expired'],
    ] as const) {
      const parts = await presignParts(material, { now: NOW - age })
      assert.equal(await desk().reason(parts), expected)
    }
  })

  it('is claimed for its whole life, not for the five minutes of a header', async () => {
    const { clock, reason } = desk()
    const parts = await presignParts(material, { lifetimeSeconds: 3600 })
    assert.equal(await reason(parts), 'allowed')
    clock.now = NOW + 3599
    assert.equal(await reason(parts), 'sigv4.replayed')
  })

  it('works more than once only where the policy names its method', async () => {
    const parts = await presignParts(material)
    const { reason } = desk({ presigned: { repeatable: ['GET'] } })
    assert.equal(await reason(parts), 'allowed')
    assert.equal(await reason(parts), 'allowed')
    const header = await signParts(material)
    assert.equal(await reason(header), 'allowed')
    assert.equal(await reason(header), 'sigv4.replayed')
  })

  it('is no credential where the policy takes none', async () => {
    const { reason } = desk({ presigned: false })
    assert.equal(await reason(await presignParts(material)), 'request.credential-missing')
    assert.equal(await reason(await signParts(material)), 'allowed')
  })

  it('covers a body by its digest, in the query or implied', async () => {
    const url = `https://${material.authority}/upload`
    const signer = { ...signerOf(material), lifetimeSeconds: 60 }
    const target = (signed: string) => signed.slice(`https://${material.authority}`.length)
    const upload = { method: 'PUT', url, body: 'content' }
    const implied = target(await presignSigV4(upload, signer))
    const unsigned = target(await presignSigV4(upload, { ...signer, payload: 'UNSIGNED-PAYLOAD' }))
    const put = { method: 'PUT', authority: material.authority }
    const { reason } = desk()
    assert.equal(
      await reason({ ...put, target: implied, body: 'other' }),
      'sigv4.signature-invalid',
    )
    assert.equal(await reason({ ...put, target: implied, body: 'content' }), 'allowed')
    assert.equal(
      await reason({ ...put, target: unsigned, body: 'content' }),
      'sigv4.payload-unsigned',
    )
  })

  it('of S3 that names no digest has an unsigned body, and needs permission', async () => {
    const s3 = { ...signerOf(material), service: 's3', lifetimeSeconds: 60 }
    const url = 'https://api.example.test/bucket/a%20b//../c'
    const signed = await presignSigV4(
      { method: 'GET', url },
      { ...s3, payload: 'UNSIGNED-PAYLOAD' },
    )
    const parts = { target: signed.slice('https://api.example.test'.length) }
    assert.equal(await desk({ service: 's3' }).reason(parts), 'sigv4.payload-unsigned')
    const { reason } = desk({ service: 's3', unsafe: { unsignedPayload: true } })
    assert.equal(await reason(parts), 'allowed')
  })
})

describe('a body in chunks', () => {
  const utf8 = new TextEncoder()
  const bytes = ['first chunk', '', 'second\r\nchunk']
    .filter(Boolean)
    .map((text) => utf8.encode(text))
  const request = { method: 'POST', url: `https://${material.authority}/orders` }

  it('is accepted, with and without a trailer, and in no chunk at all', async () => {
    for (const content of [
      { chunks: bytes },
      { chunks: [] },
      { chunks: bytes, trailers: [['x-amz-checksum-crc32c', 'sOO8/Q==']] as const },
      {
        chunks: bytes,
        trailers: [
          ['b', ' 2 '],
          ['a-b', '3'],
          ['a', '1'],
        ] as const,
      },
    ]) {
      const signed = await signSigV4Chunked(request, signerOf(material), content)
      const parts = { method: 'POST', target: '/orders', authority: material.authority, ...signed }
      assert.equal(await desk().reason(parts), 'allowed')
    }
  })

  it('is read only up to the limit', async () => {
    const signed = await signSigV4Chunked(request, signerOf(material), { chunks: bytes })
    const parts = { method: 'POST', target: '/orders', ...signed }
    const { reason } = desk({ maxBodyBytes: signed.body.length - 1 })
    assert.equal(await reason(parts), 'request.body-too-large')
  })
})

describe('options that cannot be meant', () => {
  it('are refused at construction', () => {
    for (const options of [
      { region: [] },
      { region: 'eu 1' },
      { service: [] },
      { service: '' },
      { maxAgeSeconds: 301 },
      { maxAgeSeconds: 0 },
      { clockToleranceSeconds: 301 },
      { clockToleranceSeconds: -1 },
      { maxBodyBytes: -1 },
      { presigned: { maxLifetimeSeconds: 604_801 } },
      { presigned: { maxLifetimeSeconds: 0 } },
      { signedHeaders: ['Content-Type'] },
    ] satisfies readonly Partial<SigV4Options>[]) {
      assert.throws(() => sigv4({ ...OPTIONS, ...options }), ConfigError, JSON.stringify(options))
    }
  })
})

describe('what was signed here', () => {
  it('has the fields in lower case, Authorization last', async () => {
    const fields = await signSigV4({ method: 'GET', url: 'https://a.test/' }, signerOf(material))
    assert.deepEqual(
      fields.map(([name]) => name),
      ['x-amz-content-sha256', 'x-amz-date', 'authorization'],
    )
  })
})
