import { strict as assert } from 'node:assert'
import { describe, it } from 'node:test'
import type { Decision } from '../../core/decision.ts'
import { guard } from '../../core/guard.ts'
import type { GuardOptions } from '../../core/guard-options.ts'
import type { RequestView } from '../../core/request.ts'
import { answer, type Answer } from '../../core/response.ts'
import type { HttpSignatureOptions } from './policy.ts'
import { generateJwk } from '#crypto'
import { publicPart } from '../../crypto/public-part.ts'
import type { Jwk } from '../../crypto/seam.ts'
import { algorithmNamed } from '../../jose/algorithms.ts'
import { memoryReplay } from '../../core/memory-replay.ts'
import { RevocationSet, type Revocations } from '../../core/revocation.ts'
import { methodContract } from '../../testing/method-contract.ts'
import { mintTestSigningKey, type TestSigningKey } from '../../testing/mint-http-signature.ts'
import { testSigning, type TestSigning } from '../../testing/http-signature-desk.ts'
import { requestView, type RequestParts } from '../../testing/request.ts'
import { ConfigError } from '../../core/errors.ts'
import { SIGNATURE_ALGORITHMS, type SignatureAlgorithm } from './algorithms.ts'
import { defaultLines, forge, signatureFields, toBase64 } from './forge.ts'
import { signatureFacts } from './result.ts'
import { signRequest } from './sign.ts'
import type { SigningCredential } from './source.ts'
import { httpSignature } from './verify.ts'

const BODY = '{"pay":1}'
const NOW = 1_700_000_000

interface Extra extends Partial<HttpSignatureOptions> {
  /** Rows beside those of the desk. */
  readonly more?: readonly SigningCredential[]
}

/** A guard, and what it says. */
interface Asked {
  readonly clock: { now: number }
  readonly check: (parts: RequestParts | RequestView) => Promise<Decision>
  readonly reason: (parts: RequestParts) => Promise<string>
  readonly answerTo: (parts: RequestParts) => Promise<Answer>
}

interface Desk extends TestSigning {
  readonly ask: (extra?: Extra, options?: Partial<GuardOptions>) => Asked
}

async function signingDesk(): Promise<Desk> {
  const desk = await testSigning(NOW)
  const ask: Desk['ask'] = ({ more = [], ...options } = {}, guarded = {}) => {
    const clock = { now: NOW }
    const find = (keyId: string): SigningCredential | undefined =>
      more.find(({ id }) => id === keyId) ?? desk.find(keyId)
    const algorithms = [...SIGNATURE_ALGORITHMS]
    const method = desk.method({ algorithms, source: { kind: 'records', find }, ...options })
    const door = guard({ methods: [method], clock: () => clock.now * 1000, ...guarded })
    const check: Asked['check'] = async (parts) =>
      door.check('trailer' in parts ? parts : requestView(parts))
    return {
      clock,
      check,
      reason: async (parts) => {
        const decision = await check(parts)
        return decision.outcome === 'refused' ? decision.reason : decision.outcome
      },
      answerTo: async (parts) => {
        const decision = await check(parts)
        assert.equal(decision.outcome, 'refused')
        return answer(decision, door)
      },
    }
  }
  return { ...desk, ask }
}

const signerFor = async (algorithm: SignatureAlgorithm, keyId: string): Promise<TestSigningKey> =>
  mintTestSigningKey({ algorithm, keyId, now: NOW })

methodContract('http-signature', async () => {
  const desk = await signingDesk()
  return {
    method: desk.method(),
    now: NOW,
    replayed: 'http-signature.replayed',
    accepted: [await desk.sign(), await desk.sign({ method: 'POST', body: BODY })],
    attacks: await desk.attacks(),
    secrets: [desk.secret],
  }
})

describe('a signed request', () => {
  for (const algorithm of SIGNATURE_ALGORITHMS) {
    it(`is accepted with ${algorithm}, and with one bit changed it is not`, async () => {
      const desk = await signingDesk()
      const { key, credential } = await signerFor(algorithm, `key-${algorithm}`)
      const { reason } = desk.ask({ more: [credential], algorithms: [algorithm] })
      assert.equal(
        await reason(await desk.sign({ method: 'POST', body: BODY }, { key })),
        'allowed',
      )
      const other = await desk.sign({ method: 'POST', body: BODY }, { key })
      assert.equal(await reason(flipped(other)), 'http-signature.signature-invalid')
    })
  }

  it('SR-103: tells label, key, algorithm, components and whether the body is bound', async () => {
    const desk = await signingDesk()
    const { check } = desk.ask()
    for (const [parts, bodyBound] of [
      [{ method: 'GET' }, false],
      [{ method: 'POST', body: BODY }, true],
    ] as const) {
      const decision = await check(await desk.sign(parts, { label: 'mine' }))
      assert.equal(decision.outcome, 'allowed')
      assert.deepEqual(signatureFacts(decision.principal), {
        label: 'mine',
        keyId: 'good',
        algorithm: 'ecdsa-p256-sha256',
        components: [
          '"@method"',
          '"@authority"',
          '"@path"',
          '"@query"',
          ...(bodyBound ? ['"content-digest"'] : []),
        ],
        bodyBound,
      })
      assert.equal(decision.principal.credentialId, 'good')
      assert.equal(decision.principal.authenticatedAt, NOW)
    }
  })

  it('may say the same with stronger components', async () => {
    const desk = await signingDesk()
    const { reason } = desk.ask()
    for (const components of [
      ['@method', '@target-uri'],
      ['@method', '@request-target', '@authority'],
      ['@scheme', '@query', '@path', '@authority', '@method'],
    ]) {
      assert.equal(await reason(await desk.sign({}, { components })), 'allowed')
    }
  })

  it('is the same in every form that HTTP allows it to take', async () => {
    const desk = await signingDesk()
    const { reason } = desk.ask()
    const components = [
      '@method',
      '@authority',
      '@path',
      '@query',
      'x-a',
      'priority;sf',
      'x-b;bs',
      'x-d;key="b"',
    ]
    const headers = [
      ['X-A', 'one, two'],
      ['Priority', 'u=1, i'],
      ['X-B', 'caf\u00e9'],
      ['X-D', 'a=1, b=(1 2);c'],
    ] as const
    const signed = await desk.sign({ headers }, { components })
    const fields = (signed.headers ?? []).filter(([name]) => name.startsWith('signature'))
    const sent: RequestParts = {
      ...signed,
      authority: 'API.example.test:443',
      headers: [
        ['x-a', ' one '],
        ['X-a', '\ttwo'],
        ['priority', 'u=1,i'],
        ['X-D', 'a=1,   b=(1  2);c'],
        ['x-b', 'caf\u00e9'],
        ...fields,
      ],
    }
    assert.equal(await reason(sent), 'allowed')
  })

  it('binds query parameters in the one encoding of RFC 9421', async () => {
    const desk = await signingDesk()
    const { reason } = desk.ask()
    const query = 'a=~!()%27*-._%20+%C3%BC&b%5B0%5D=1&empty='
    const lines = [
      ...defaultLines('GET', desk.material.authority, `/orders?${query}`),
      ['"@query-param";name="a"', '%7E%21%28%29%27*-._%20%20%C3%BC'],
      ['"@query-param";name="b%5B0%5D"', '1'],
      ['"@query-param";name="empty"', ''],
    ] as const
    const attack = await forge(desk.material, {
      name: '',
      reason: 'jwt.expired',
      target: `/orders?${query}`,
      lines,
    })
    assert.equal(await reason(attack), 'allowed')
  })

  it('is accepted at both edges of its time, and not a second beyond them', async () => {
    const desk = await signingDesk()
    for (const [created, expected] of [
      [NOW - 305, 'allowed'],
      [NOW - 306, 'http-signature.too-old'],
      [NOW + 5, 'allowed'],
      [NOW + 6, 'http-signature.created-in-future'],
    ] as const) {
      const { reason } = desk.ask()
      assert.equal(await reason(await desk.sign({}, { clock: () => created * 1000 })), expected)
    }
    const { reason } = desk.ask()
    assert.equal(
      await reason(await desk.sign({}, { clock: minuteAgo, expiresInSeconds: 56 })),
      'allowed',
    )
    assert.equal(
      await reason(await desk.sign({}, { clock: minuteAgo, expiresInSeconds: 55 })),
      'http-signature.expired',
    )
  })

  it('SR-109: is told the time of the server when its clock is wrong', async () => {
    const desk = await signingDesk()
    const { answerTo } = desk.ask()
    const { status, body } = await answerTo(
      await desk.sign({}, { clock: () => (NOW - 900) * 1000 }),
    )
    assert.equal(status, 401)
    assert.deepEqual([JSON.parse(body).code, JSON.parse(body).serverTime], ['clock-skew', NOW])
  })

  it('asks for what it needs in Accept-Signature', async () => {
    const desk = await signingDesk()
    const asked = desk.method({ tag: 'orders', components: ['@query-param;name="id"'] }).challenge
    assert.deepEqual(asked.fields, [
      [
        'accept-signature',
        'sig1=("@method" "@authority" "@path" "@query" "@query-param";name="id" "content-digest");created;keyid;nonce;tag="orders"',
      ],
    ])
  })
})

async function mintPublicJwk(name: string): Promise<Jwk> {
  const algorithm = algorithmNamed(name)
  assert(algorithm !== undefined)
  return publicPart(await Promise.resolve(generateJwk(algorithm)))
}

const minuteAgo = (): number => (NOW - 60) * 1000

/** Changes one bit of the signature. */
const flipped = (parts: RequestParts): RequestParts => ({
  ...parts,
  headers: (parts.headers ?? []).map(([name, value]) => {
    if (name !== 'signature') return [name, value]
    const at = value.indexOf(':') + 5
    return [name, value.slice(0, at) + (value[at] === 'A' ? 'B' : 'A') + value.slice(at + 1)]
  }),
})

const both = (left: RequestParts, right: RequestParts): RequestParts => ({
  ...left,
  headers: [...(left.headers ?? []), ...(right.headers ?? [])],
})

describe('several signatures (SR-104)', () => {
  it('are good when one is, whatever stands before it or after it', async () => {
    const desk = await signingDesk()
    const { reason } = desk.ask()
    const good = async (label: string): Promise<RequestParts> => desk.sign({}, { label })
    const bad = async (label: string): Promise<RequestParts> => flipped(await good(label))
    const unknown = await desk.sign({}, { label: 'x', key: desk.material.stranger })
    assert.equal(await reason(both(await bad('a'), await good('b'))), 'allowed')
    assert.equal(await reason(both(await good('a'), await bad('b'))), 'allowed')
    assert.equal(await reason(both(unknown, await good('b'))), 'allowed')
    const fields = [
      ['signature-input', 'c=text'],
      ['signature', 'c=:AA==:'],
    ] as const
    const unreadable = { ...(await good('a')), headers: fields }
    assert.equal(await reason(both(unreadable, await good('b'))), 'allowed')
    assert.equal(
      await reason(both(await bad('a'), await bad('b'))),
      'http-signature.signature-invalid',
    )
  })

  it('must all be good when all are asked for, in any order', async () => {
    const desk = await signingDesk()
    const { reason } = desk.ask({ labels: ['a', 'b'] })
    const good = async (label: string): Promise<RequestParts> => desk.sign({}, { label })
    assert.equal(await reason(both(await good('b'), await good('a'))), 'allowed')
    for (const [left, right] of [
      [flipped(await good('a')), await good('b')],
      [await good('a'), flipped(await good('b'))],
    ] as const) {
      assert.equal(await reason(both(left, right)), 'http-signature.signature-invalid')
    }
    assert.equal(await reason(await good('a')), 'http-signature.label-missing')
    const spent = both(await good('a'), await good('b'))
    assert.equal(await reason(spent), 'allowed')
    const fresh = both(await good('a'), { headers: spent.headers?.slice(2) ?? [] })
    assert.equal(await reason(fresh), 'http-signature.replayed')
  })

  it('must all bind the body when all are asked for', async () => {
    const desk = await signingDesk()
    const { reason } = desk.ask({ labels: ['a', 'b'] })
    const parts = { method: 'POST', body: BODY }
    const components = ['@method', '@authority', '@path', '@query']
    const bound = await desk.sign(parts, { label: 'a' })
    const loose = await desk.sign(parts, { label: 'b', components })
    const fields = (loose.headers ?? []).filter(([name]) => name.startsWith('signature'))
    assert.equal(await reason(both(bound, { headers: fields })), 'http-signature.body-unbound')
  })

  it('count only with the tag that is asked for', async () => {
    const desk = await signingDesk()
    const { reason } = desk.ask({ tag: 'orders' })
    assert.equal(await reason(await desk.sign({}, { tag: 'orders' })), 'allowed')
    assert.equal(
      await reason(await desk.sign({}, { tag: 'other' })),
      'http-signature.label-missing',
    )
    assert.equal(await reason(await desk.sign()), 'http-signature.label-missing')
  })
})

describe('replay (SR-106)', () => {
  it('is refused under another label, and with the other signature that ECDSA allows', async () => {
    const desk = await signingDesk()
    for (const nonce of ['once', false] as const) {
      const { reason } = desk.ask()
      const signed = await desk.sign({}, { nonce })
      assert.equal(await reason(signed), 'allowed')
      assert.equal(await reason(signed), 'http-signature.replayed')
      const renamed = (signed.headers ?? []).map(
        ([name, value]) => [name, value.replace('sig1=', 'other=')] as const,
      )
      assert.equal(await reason({ ...signed, headers: renamed }), 'http-signature.replayed')
      assert.equal(await reason(mirrored(signed)), 'http-signature.replayed')
    }
  })

  it('claims a nonce for its key only, and for every request of that key', async () => {
    const desk = await signingDesk()
    const { key, credential } = await signerFor('ed25519', 'second')
    const { reason } = desk.ask({ more: [credential] })
    assert.equal(await reason(await desk.sign({}, { nonce: 'n' })), 'allowed')
    assert.equal(await reason(await desk.sign({}, { nonce: 'n', key })), 'allowed')
    assert.equal(
      await reason(await desk.sign({ method: 'DELETE' }, { nonce: 'n' })),
      'http-signature.replayed',
    )
  })

  it('is told from another request of the same second, nonce or not', async () => {
    const desk = await signingDesk()
    const { reason } = desk.ask()
    for (const method of ['GET', 'PUT', 'DELETE'])
      assert.equal(await reason(await desk.sign({ method }, { nonce: false })), 'allowed')
  })

  it('does not use a nonce up when anything else is wrong', async () => {
    const desk = await signingDesk()
    const { reason } = desk.ask()
    const signed = await desk.sign({ method: 'POST', body: BODY })
    assert.equal(await reason(flipped(signed)), 'http-signature.signature-invalid')
    assert.equal(await reason({ ...signed, body: 'other' }), 'http-signature.body-changed')
    assert.equal(await reason(signed), 'allowed')
  })

  it('SR-107: is not possible across a restart: what was signed before it is fenced', async () => {
    const desk = await signingDesk()
    const replay = memoryReplay({ clock: () => NOW * 1000 })
    const { answerTo, reason } = desk.ask({ replay })
    const before = await desk.sign({}, { clock: () => (NOW - 1) * 1000 })
    assert.equal(await reason(before), 'request.replay-fenced')
    const { status, headers } = await answerTo(before)
    assert.equal(status, 503)
    assert.deepEqual(headers.find(([name]) => name === 'retry-after')?.[1], '6')
  })

  it('is remembered for as long as the request could be accepted', async () => {
    const desk = await signingDesk()
    const { reason, clock } = desk.ask()
    const signed = await desk.sign({}, { clock: () => (NOW + 5) * 1000 })
    assert.equal(await reason(signed), 'allowed')
    clock.now = NOW + 310
    assert.equal(await reason(signed), 'http-signature.replayed')
    clock.now = NOW + 311
    assert.equal(await reason(signed), 'http-signature.too-old')
  })
})

const ORDER = 0xffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551n

/** The second good signature of P-256: `n - s`. */
const mirrored = (parts: RequestParts): RequestParts => ({
  ...parts,
  headers: (parts.headers ?? []).map(([name, value]) => {
    if (name !== 'signature') return [name, value]
    const bytes = Buffer.from(value.slice(value.indexOf(':') + 1, -1), 'base64')
    const s = BigInt(`0x${bytes.subarray(32).toString('hex')}`)
    const other = Buffer.from((ORDER - s).toString(16).padStart(64, '0'), 'hex')
    return [name, `sig1=:${Buffer.concat([bytes.subarray(0, 32), other]).toString('base64')}:`]
  }),
})

describe('the body (SR-101)', () => {
  it('is not read before the signature is good, and at most maxBodyBytes of it', async () => {
    const desk = await signingDesk()
    const { check } = desk.ask({ maxBodyBytes: 9 })
    const reads: number[] = []
    const watched = async (parts: RequestParts): Promise<string> => {
      const view = requestView(parts)
      const body = (maxBytes: number): ReturnType<typeof view.body> => {
        reads.push(maxBytes)
        return view.body(maxBytes)
      }
      const decision = await check({ ...view, body })
      return decision.outcome === 'refused' ? decision.reason : decision.outcome
    }
    const signed = await desk.sign({ method: 'POST', body: BODY })
    assert.equal(await watched(flipped(signed)), 'http-signature.signature-invalid')
    assert.deepEqual(reads, [])
    assert.equal(await watched(signed), 'allowed')
    assert.deepEqual(reads, [9])
    assert.equal(
      await watched(await desk.sign({ method: 'POST', body: `${BODY} ` })),
      'request.body-too-large',
    )
  })

  it('may be any bytes, and both digests may stand for it', async () => {
    const desk = await signingDesk()
    const { reason } = desk.ask()
    const body = Uint8Array.from({ length: 256 }, (_, index) => index)
    assert.equal(await reason(await desk.sign({ method: 'POST', body })), 'allowed')
    const other = Uint8Array.from(body, (byte) => (byte === 0xff ? 0xfe : byte))
    const signed = await desk.sign({ method: 'POST', body })
    assert.equal(await reason({ ...signed, body: other }), 'http-signature.body-changed')
  })

  it('may stay unbound only where unsafe says so', async () => {
    const desk = await signingDesk()
    const components = ['@method', '@authority', '@path', '@query']
    const signed = await desk.sign({ method: 'POST', body: BODY }, { components })
    assert.equal(await desk.ask().reason(signed), 'http-signature.body-unbound')
    const { check } = desk.ask({ unsafe: { unboundBody: true } })
    const decision = await check(requestView(signed))
    assert.equal(decision.outcome, 'allowed')
    assert.equal(signatureFacts(decision.principal)?.bodyBound, false)
  })
})

describe('trailers', () => {
  it('are read where that is allowed, from the trailers only', async () => {
    const desk = await signingDesk()
    const lines = [
      ...defaultLines('GET', desk.material.authority, desk.material.target),
      ['"x-a";tr', 'end'],
    ] as const
    const forged = async (): Promise<RequestParts> =>
      forge(desk.material, { name: '', reason: 'jwt.expired', lines })
    const trailers = [['X-A', 'end']] as const
    const { reason } = desk.ask({ trailers: true })
    assert.equal(await reason({ ...(await forged()), trailers }), 'allowed')
    assert.equal(
      await desk.ask().reason({ ...(await forged()), trailers }),
      'http-signature.component-invalid',
    )
    const large = 'a'.repeat(desk.material.maxBodyBytes + 1)
    assert.equal(
      await reason({ ...(await forged()), method: 'PUT', body: large }),
      'request.body-too-large',
    )
    const { headers = [], ...rest } = await forged()
    assert.equal(
      await reason({ ...rest, headers: [...headers, ['X-A', 'end']] }),
      'http-signature.component-invalid',
    )
  })
})

/** A good key, and RFC 9421 has no algorithm for it. */
const P521 = await mintPublicJwk('ES512')

describe('field names', () => {
  it('are none before anybody is asked for them: WHATWG Headers throw', async () => {
    const desk = await signingDesk()
    const { check } = desk.ask()
    for (const name of ['x a', 'x\\"', '', 'X-A']) {
      const line = [`"${name}"`, ''] as const
      const parts = await forge(desk.material, { name, reason: 'jwt.expired', more: [line] })
      const view = requestView(parts)
      const header = (asked: string): readonly string[] => {
        assert.match(asked, /^[a-z-]+$/)
        return view.header(asked)
      }
      const decision = await check({ ...view, header })
      const reason = decision.outcome === 'refused' ? decision.reason : decision.outcome
      assert.equal(reason, 'http-signature.component-invalid')
    }
  })
})

describe('the keys', () => {
  it('are believed in nothing while the feed is lost', async () => {
    const desk = await signingDesk()
    const revocations: Revocations = { find: () => undefined, freshness: () => 'lost' }
    const { reason } = desk.ask({ revocations })
    assert.equal(await reason(await desk.sign()), 'request.unavailable')
  })

  it('that were revoked elsewhere are asked for again before long', async () => {
    const desk = await signingDesk()
    const { credential } = await mintTestSigningKey({ keyId: 'good', broken: 'revoked' })
    let row: SigningCredential | undefined = credential
    const find = (keyId: string): SigningCredential | undefined => row ?? desk.find(keyId)
    const { reason, clock } = desk.ask({ source: { kind: 'remote', find } })
    assert.equal(await reason(await desk.sign()), 'http-signature.signature-invalid')
    row = undefined
    clock.now = NOW + 2
    assert.equal(await reason(await desk.sign()), 'allowed')
  })

  it('of RSA take the algorithm of their row, also when it changes', async () => {
    const desk = await signingDesk()
    const { key, credential } = await signerFor('rsa-pss-sha512', 'rsa')
    assert.equal(
      await desk.ask({ more: [credential] }).reason(await desk.sign({}, { key })),
      'allowed',
    )
    const other = { ...credential, algorithm: 'rsa-v1_5-sha256' } as SigningCredential
    assert.equal(
      await desk.ask({ more: [other] }).reason(await desk.sign({}, { key })),
      'http-signature.signature-invalid',
    )
  })

  it("are asked for on every request from a table of one's own, and leased from elsewhere", async () => {
    const desk = await signingDesk()
    for (const [kind, expected] of [
      ['records', 3],
      ['remote', 1],
    ] as const) {
      let asked = 0
      const find = (keyId: string): SigningCredential | undefined => {
        asked += 1
        return desk.find(keyId)
      }
      const { reason } = desk.ask({ source: { kind, find } })
      for (let round = 0; round < 3; round += 1)
        assert.equal(await reason(await desk.sign()), 'allowed')
      assert.equal(asked, expected)
    }
  })

  it('stop to work when the feed names them, lease or not', async () => {
    const desk = await signingDesk()
    const set = new RevocationSet()
    const revocations: Revocations = { find: (facts) => set.find(facts), freshness: () => 'live' }
    const { reason } = desk.ask({ revocations, source: { kind: 'remote', find: desk.find } })
    assert.equal(await reason(await desk.sign()), 'allowed')
    set.add({ tenant: 'default', kind: 'credential', subject: 'good', expiresAt: NOW + 999 })
    assert.equal(await reason(await desk.sign()), 'http-signature.revoked')
  })

  it("that cannot be used are the operator's mistake: 503 and closed", async () => {
    const desk = await signingDesk()
    const facts = { id: 'odd', tenant: 'default', principalId: 'p', scopes: [] }
    const shared = { kty: 'oct', k: 'A'.repeat(43), alg: 'HS256' }
    for (const broken of [
      { ...facts, publicJwk: shared },
      { ...facts, publicJwk: { kty: 'EC', crv: 'P-256', x: 'AA', y: 'AA' } },
      { ...facts, publicJwk: P521 },
      { ...facts, algorithm: 'hmac-sha256', secret: new Uint8Array(8) },
    ] as const) {
      const { answerTo } = desk.ask({ source: { kind: 'records', find: () => broken } })
      const { status } = await answerTo(await desk.sign())
      assert.equal(status, 503)
    }
  })

  it('verify with their own algorithm, and only when the policy allows it', async () => {
    const desk = await signingDesk()
    const { reason } = desk.ask({ algorithms: ['ed25519', 'hmac-sha256'] })
    assert.equal(await reason(await desk.sign()), 'http-signature.algorithm-denied')
    assert.equal(await desk.ask().reason(await desk.sign({}, { nameAlgorithm: true })), 'allowed')
    const key = { ...desk.material.key, algorithm: 'ed25519' } as const
    assert.equal(
      await desk.ask().reason(await desk.sign({}, { key, nameAlgorithm: true })),
      'http-signature.algorithm-denied',
    )
  })
})

describe('the authority', () => {
  it('must be one of ours where they are named, in any case and without the implied port', async () => {
    const desk = await signingDesk()
    const { reason } = desk.ask({ authorities: ['API.example.test'] })
    assert.equal(
      await reason({ ...(await desk.sign()), authority: 'api.EXAMPLE.test:443' }),
      'allowed',
    )
    const elsewhere = await desk.sign({ authority: 'other.example.test' })
    assert.equal(await reason(elsewhere), 'http-signature.authority-mismatch')
    assert.equal(await desk.ask().reason(elsewhere), 'allowed')
  })

  it('is signed with the scheme of the client, which a trusted proxy tells', async () => {
    const desk = await signingDesk()
    const { reason } = desk.ask({}, { trustedProxies: ['10.0.0.0/8'] })
    const components = ['@method', '@target-uri']
    const signed = await desk.sign({}, { components })
    const forwarded = [
      ['X-Forwarded-Proto', 'https'],
      ['X-Forwarded-For', '192.0.2.7'],
    ] as const
    const behind = { ...signed, scheme: 'http', remoteAddress: '10.0.0.1' } as const
    const named = desk.ask(
      { authorities: ['api.example.test'] },
      { trustedProxies: ['10.0.0.0/8'] },
    )
    assert.equal(await reason(behind), 'http-signature.signature-invalid')
    assert.equal(
      await reason({ ...behind, headers: [...(signed.headers ?? []), ...forwarded] }),
      'allowed',
    )
    const headers = [...((await desk.sign({}, { components })).headers ?? []), ...forwarded]
    assert.equal(
      await named.reason({ ...behind, authority: 'api.example.test:443', headers }),
      'allowed',
    )
  })

  it('is not read from a target that names one itself', async () => {
    const desk = await signingDesk()
    const target = `https://other.example.test${desk.material.target}`
    const { reason } = desk.ask()
    for (const odd of [target, '*', ''])
      assert.equal(
        await reason({ ...(await desk.sign()), target: odd }),
        'http-signature.component-invalid',
      )
  })
})

describe('options that cannot be meant', () => {
  it('are refused at construction', async () => {
    const { material, find } = await signingDesk()
    const source = { kind: 'records', find } as const
    const algorithms = ['ed25519'] as const
    for (const broken of [
      { algorithms: [], source },
      { algorithms: ['none' as 'ed25519'], source },
      { algorithms, source, labels: [] },
      { algorithms, source, components: ['@method"'] },
      { algorithms, source, maxAgeSeconds: 0 },
      { algorithms, source, maxAgeSeconds: Number.NaN },
      { algorithms, source, clockToleranceSeconds: -1 },
      { algorithms, source, maxBodyBytes: 1.5 },
    ]) {
      assert.throws(() => httpSignature(broken), ConfigError)
    }
    const url = 'https://api.example.test/'
    for (const components of [['x-absent'], ['"'], ['@status'], ['@method', '@method']]) {
      assert.throws(
        () => signRequest({ method: 'GET', url }, { key: material.key, components }),
        ConfigError,
      )
    }
  })
})

describe('a forged request', () => {
  it('is what its signer made of it, so that the attacks attack', async () => {
    const desk = await signingDesk()
    const attack = await forge(desk.material, { name: 'good', reason: 'jwt.expired' })
    assert.equal(await desk.ask().reason(attack), 'allowed')
    assert.deepEqual(signatureFields('a', '()', toBase64('_w')), [
      ['Signature-Input', 'a=()'],
      ['Signature', 'a=:/w==:'],
    ])
  })
})
