/**
 * What does it cost to verify a signed request with a body of 1 KiB, and to sign one?
 *
 * The floor makes the HMAC of the very signature base (SigV4: the digest of the very canonical
 * request and the HMAC of the string to sign) and the digest of the body, as quickly as `node:crypto`
 * can, and nothing else: no parsing, no base to build, no key to find. By hand is the least that
 * verifies this very request and refuses a changed one. `verify` is the method alone,
 * with the look-up of the key in a table, the body's digest and every check but the one for replays;
 * `guard` adds the guard, and the last row the memory of what was used.
 */
import {
  createHash,
  createHmac,
  createSecretKey,
  generateKeyPairSync,
  hash,
  sign,
  verify,
} from 'node:crypto'
import { SignatureV4 } from '@smithy/signature-v4'
import { memoryReplay, Secret, type ReplayStore } from 'countersign'
import { httpSignature } from 'countersign/http-signature'
import { importSignatureKey, signRequest } from 'countersign/http-signature/sign'
import { deriveSigningKey, sigv4 } from 'countersign/sigv4'
import { signSigV4 } from 'countersign/sigv4/sign'
import { verifySignature } from 'http-message-sig'
import { httpbis } from 'http-message-signatures'
import { verifyByHand, verifySigV4ByHand } from './lib/by-hand.ts'
import { compare, type Contender } from './lib/compare.ts'
import { report, type Table } from './lib/report.ts'
import {
  asking,
  bodyDigest,
  deskOf,
  looped,
  SECRET_KEY,
  SUBJECT,
  verifying,
  viewOf,
  type Pairs,
} from './lib/signed.ts'

const base = 'node:crypto: HMAC + SHA-256 of the same bytes'
const toSign = {
  method: 'POST',
  url: SUBJECT.url,
  headers: [SUBJECT.contentType],
  body: SUBJECT.body,
}
const hmacKey = await importSignatureKey({
  keyId: 'key_1',
  algorithm: 'hmac-sha256',
  secret: SUBJECT.secret,
})
const sigv4Signer = {
  accessKeyId: 'AKID',
  key: { secret: new Secret(SUBJECT.secret) },
  region: 'local',
  service: 'orders',
  now: SUBJECT.now,
}
const clock = (): number => SUBJECT.now * 1000

/** Every request of a benchmark is the same one; what it uses up is not. */
function everNew(): ReplayStore {
  const store = memoryReplay({ maxEntries: 50_000_000, unsafe: { noFence: true } })
  let at = 0
  return {
    claim: (claim, now) => store.claim({ ...claim, use: `${claim.use}${(at += 1)}` }, now),
  }
}

const insisting = (name: string, verifies: () => boolean): Contender =>
  looped(name, () => {
    if (!verifies()) throw new Error(`${name}: refused`)
  })

const fieldOf = (fields: Pairs, wanted: string): string =>
  fields.find(([name]) => name.toLowerCase() === wanted)?.[1] ?? ''

/** The base that the fields were signed over, written once by hand. */
function baseOf(fields: Pairs): string {
  const input = fieldOf(fields, 'signature-input').replace(/^sig1=/, '')
  const values: Record<string, string> = {
    '@method': 'POST',
    '@authority': 'api.example.test',
    '@path': '/orders',
    '@query': '?page=1',
  }
  const names = (/\(([^)]*)\)/.exec(input)?.[1] ?? '').split(' ').map((name) => name.slice(1, -1))
  const lines = names.map((name) => `"${name}": ${values[name] ?? fieldOf(fields, name)}`)
  return [...lines, `"@signature-params": ${input}`].join('\n')
}

async function httpSignatureTable(): Promise<Table> {
  const fields = [
    SUBJECT.contentType,
    ...(await signRequest(toSign, { key: hmacKey, clock })),
  ] as const
  const secret = new Secret(SUBJECT.secret)
  const record = { ...SUBJECT.holder, id: 'key_1', algorithm: 'hmac-sha256', secret } as const
  const options = {
    algorithms: ['hmac-sha256'],
    source: { kind: 'records', find: () => record },
  } as const
  const method = httpSignature({ ...options, unsafe: { replays: true } })
  const text = baseOf(fields)
  const view = viewOf(fields)
  const rows = await compare(
    [
      looped(base, () => {
        createHmac('sha256', SECRET_KEY).update(text).digest('base64')
        bodyDigest('base64')
      }),
      insisting('by hand, this one form and no checks', () => verifyByHand(view)),
      verifying('countersign, verify', method, view),
      asking('countersign, guard', deskOf(method), view),
      asking(
        'countersign, guard and replays',
        deskOf(httpSignature({ ...options, replay: everNew() })),
        view,
      ),
      looped('http-message-signatures, body NOT checked', () => peerVerifies(fields)),
      looped('http-message-sig, body NOT checked', () => otherPeerVerifies(fields)),
    ],
    { base },
  )
  return { title: 'Verify RFC 9421, hmac-sha256, 1 KiB body', base, rows }
}

const peerKey = {
  id: 'key_1',
  algs: ['hmac-sha256'],
  verify: async (data: Buffer, signature: Buffer): Promise<boolean> =>
    createHmac('sha256', SECRET_KEY).update(data).digest().equals(signature),
}

async function peerVerifies(fields: Pairs): Promise<void> {
  const headers = { host: 'api.example.test', ...Object.fromEntries(fields) }
  const request = { method: 'POST', url: SUBJECT.url, headers }
  const good = await httpbis.verifyMessage({ keyLookup: async () => peerKey }, request)
  if (good !== true) throw new Error('http-message-signatures refused')
}

const otherPeerKey = {
  algorithm: 'hmac-sha256',
  verify: (data: Uint8Array, signature: Uint8Array): boolean =>
    createHmac('sha256', SECRET_KEY).update(data).digest().equals(signature),
}

/** Answers by throwing. */
const otherPeerVerifies = (fields: Pairs): Promise<unknown> =>
  verifySignature(
    {
      kind: 'request',
      method: 'POST',
      targetUri: SUBJECT.url,
      fields: fields.map(([name, value]) => ({ name, value })),
    },
    {
      policy: {
        algorithms: ['hmac-sha256'],
        requiredComponents: ['@method', '@authority', '@path', '@query', 'content-digest'],
        requiredParameters: ['created', 'keyid'],
        maxAge: 300,
        clockSkew: 5,
        now: SUBJECT.now,
      },
      resolveVerifier: () => otherPeerKey,
    },
  )

async function ed25519Table(): Promise<Table> {
  const floor = 'node:crypto: Ed25519 + SHA-256 of the same bytes'
  const { privateKey, publicKey } = generateKeyPairSync('ed25519')
  const jwk = { ...privateKey.export({ format: 'jwk' }) }
  const key = await importSignatureKey({ keyId: 'key_2', algorithm: 'ed25519', jwk })
  const fields = [SUBJECT.contentType, ...(await signRequest(toSign, { key, clock }))]
  const record = {
    ...SUBJECT.holder,
    id: 'key_2',
    publicJwk: { ...publicKey.export({ format: 'jwk' }) },
  }
  const method = httpSignature({
    algorithms: ['ed25519'],
    source: { kind: 'records', find: () => record },
    unsafe: { replays: true },
  })
  const bytes = Buffer.from(baseOf(fields))
  const signature = sign(null, bytes, privateKey)
  const rows = await compare(
    [
      looped(floor, () => {
        if (!verify(null, bytes, publicKey, signature)) throw new Error(floor)
        bodyDigest('base64')
      }),
      verifying('countersign, verify', method, viewOf(fields)),
      asking('countersign, guard', deskOf(method), viewOf(fields)),
    ],
    { base: floor },
  )
  return { title: 'Verify RFC 9421, ed25519, 1 KiB body', base: floor, rows }
}

async function sigv4Table(): Promise<Table> {
  const fields = [SUBJECT.contentType, ...(await signSigV4(toSign, sigv4Signer))]
  const record = { ...SUBJECT.holder, id: 'AKID', key: sigv4Signer.key }
  const options = {
    source: { find: () => record },
    region: 'local',
    service: 'orders',
  }
  const method = sigv4({ ...options, unsafe: { replays: true } })
  const digest = fieldOf(fields, 'x-amz-content-sha256')
  const date = fieldOf(fields, 'x-amz-date')
  const names = 'content-type;host;x-amz-content-sha256;x-amz-date'
  const lines = [SUBJECT.contentType.join(':'), 'host:api.example.test']
  lines.push(`x-amz-content-sha256:${digest}`, `x-amz-date:${date}`)
  const canonical = `POST\n/orders\npage=1\n${lines.join('\n')}\n\n${names}\n${digest}`
  const day = date.slice(0, 8)
  const scope = `${day}/local/orders/aws4_request`
  const parts = { date: day, region: 'local', service: 'orders' }
  const dayKey = createSecretKey(await deriveSigningKey(sigv4Signer.key.secret, parts))
  const view = viewOf(fields)
  const rows = await compare(
    [
      looped(base, () => {
        const hashed = hash('sha256', canonical, 'hex')
        createHmac('sha256', SECRET_KEY)
          .update(`AWS4-HMAC-SHA256\n${date}\n${scope}\n${hashed}`)
          .digest('hex')
        bodyDigest('hex')
      }),
      insisting('by hand, this one form and no checks', () => verifySigV4ByHand(view, dayKey)),
      verifying('countersign, verify', method, view),
      asking('countersign, guard', deskOf(method), view),
      asking(
        'countersign, guard and replays',
        deskOf(sigv4({ ...options, replay: everNew() })),
        view,
      ),
    ],
    { base },
  )
  return { title: 'Verify SigV4, 1 KiB body', base, rows }
}

/** What `@smithy/signature-v4` hashes with. */
class NodeSha256 {
  readonly #hash
  constructor(secret?: string | ArrayBuffer | ArrayBufferView) {
    this.#hash = secret === undefined ? createHash('sha256') : createHmac('sha256', secret)
  }
  update(data: string | Uint8Array): void {
    this.#hash.update(data)
  }
  async digest(): Promise<Uint8Array> {
    return this.#hash.digest()
  }
  reset(): void {}
}

async function signTable(): Promise<Table> {
  const peer = '@smithy/signature-v4'
  const smithy = new SignatureV4({
    credentials: { accessKeyId: 'AKID', secretAccessKey: SUBJECT.secret },
    region: 'local',
    service: 'orders',
    sha256: NodeSha256,
  })
  const request = {
    method: 'POST',
    protocol: 'https:',
    hostname: 'api.example.test',
    path: '/orders',
    query: { page: '1' },
    headers: { host: 'api.example.test', 'content-type': 'application/octet-stream' },
    body: SUBJECT.body,
  }
  const rows = await compare(
    [
      looped(peer, () => smithy.sign(request)),
      looped('countersign, SigV4', () => signSigV4(toSign, sigv4Signer)),
      looped('countersign, RFC 9421 hmac-sha256', () => signRequest(toSign, { key: hmacKey })),
    ],
    { base: peer },
  )
  return { title: 'Sign, 1 KiB body', base: peer, rows }
}

report('signed-requests', [
  await httpSignatureTable(),
  await ed25519Table(),
  await sigv4Table(),
  await signTable(),
])
