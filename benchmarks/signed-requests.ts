/** What does it cost to verify a signed request with a body of 1 KiB, and to sign one? */
import {
  createHash,
  createHmac,
  generateKeyPairSync,
  randomBytes,
  sign,
  verify as verifySignature,
} from 'node:crypto'
import { SignatureV4 } from '@smithy/signature-v4'
import { guard, memoryReplay, Secret, type Guard, type Method, type RequestView } from 'countersign'
import { httpSignature } from 'countersign/http-signature'
import { importSignatureKey, signRequest } from 'countersign/http-signature/sign'
import { sigv4 } from 'countersign/sigv4'
import { signSigV4 } from 'countersign/sigv4/sign'
import { httpbis } from 'http-message-signatures'
import { compare, type Contender } from './lib/compare.ts'
import { report, type Table } from './lib/report.ts'

const NOW = Math.floor(Date.now() / 1000)
const URL_TEXT = 'https://api.example.test/orders?page=1'
const BODY = randomBytes(1024)
const SECRET = randomBytes(32).toString('base64url')
const HOLDER = { tenant: 'default', principalId: 'svc_1', scopes: ['orders:write'] }
const CONTENT = ['content-type', 'application/octet-stream'] as const
const floor = { base: 'node:crypto: HMAC + SHA-256 of the body' }

type Pairs = readonly (readonly [name: string, value: string])[]

const digestOf = (body: Uint8Array): string =>
  `sha-256=:${createHash('sha256').update(body).digest('base64')}:`

/** The view of a request that arrived, without a server around it. */
function viewOf(headers: Pairs): RequestView {
  const fields = new Map(headers.map(([name, value]) => [name.toLowerCase(), [value]]))
  fields.set('host', ['api.example.test'])
  return {
    method: 'POST',
    scheme: 'https',
    authority: 'api.example.test',
    target: '/orders?page=1',
    remoteAddress: '192.0.2.1',
    peerCertificate: undefined,
    header: (name) => fields.get(name) ?? [],
    trailer: () => [],
    body: () => ({ ok: true, value: BODY }),
  }
}

const deskOf = (method: Method): Guard => guard({ methods: [method], clock: () => NOW * 1000 })

/** Asks a guard about one request again and again; how a replay is found is another question. */
function asking(name: string, desk: Guard, view: RequestView): Contender {
  return {
    name,
    async run(count) {
      for (let done = 0; done < count; done += 1) {
        const answer = desk.check(view)
        const decision = answer instanceof Promise ? await answer : answer
        if (decision.outcome !== 'allowed') throw new Error(`${name}: ${JSON.stringify(decision)}`)
      }
    },
  }
}

const looped = (name: string, work: () => unknown): Contender => ({
  name,
  async run(count) {
    for (let done = 0; done < count; done += 1) {
      const made = work()
      if (made instanceof Promise) await made
    }
  },
})

async function httpSignatureTable(): Promise<Table> {
  const key = await importSignatureKey({ keyId: 'key_1', algorithm: 'hmac-sha256', secret: SECRET })
  const headers: Pairs = [CONTENT]
  const fields = await signRequest(
    { method: 'POST', url: URL_TEXT, headers, body: BODY },
    { key, clock: () => NOW * 1000 },
  )
  const signed = [...headers, ...fields]
  const record = {
    ...HOLDER,
    id: 'key_1',
    algorithm: 'hmac-sha256',
    secret: new Secret(SECRET),
  } as const
  const find = (): typeof record => record
  const options = { algorithms: ['hmac-sha256'], source: { kind: 'records', find } } as const
  const desk = deskOf(httpSignature({ ...options, unsafe: { replays: true } }))
  const base = signed.map(([name, value]) => `"${name}": ${value}`).join('\n')
  const request = {
    method: 'POST',
    url: URL_TEXT,
    headers: { host: 'api.example.test', ...Object.fromEntries(signed) },
  }
  const verify = async (data: Buffer, signature: Buffer): Promise<boolean> =>
    createHmac('sha256', SECRET).update(data).digest().equals(signature)
  const rows = await compare(
    [
      looped(floor.base, () => {
        createHmac('sha256', SECRET).update(base).digest('base64')
        digestOf(BODY)
      }),
      asking('countersign, body bound', desk, viewOf(signed)),
      looped('http-message-signatures, body NOT checked', async () => {
        const good = await httpbis.verifyMessage(
          { keyLookup: async () => ({ id: 'key_1', algs: ['hmac-sha256'], verify }) },
          request,
        )
        if (good !== true) throw new Error('http-message-signatures refused')
      }),
    ],
    floor,
  )
  return { title: 'Verify RFC 9421, hmac-sha256, 1 KiB body', base: floor.base, rows }
}

async function ed25519Table(): Promise<Table> {
  const { privateKey, publicKey } = generateKeyPairSync('ed25519')
  const jwk = { ...privateKey.export({ format: 'jwk' }) }
  const key = await importSignatureKey({ keyId: 'key_2', algorithm: 'ed25519', jwk })
  const fields = await signRequest(
    { method: 'POST', url: URL_TEXT, headers: [CONTENT], body: BODY },
    { key, clock: () => NOW * 1000 },
  )
  const record = { ...HOLDER, id: 'key_2', publicJwk: { ...publicKey.export({ format: 'jwk' }) } }
  const find = (): typeof record => record
  const desk = deskOf(
    httpSignature({
      algorithms: ['ed25519'],
      source: { kind: 'records', find },
      unsafe: { replays: true },
    }),
  )
  const floorName = 'node:crypto: Ed25519 + SHA-256 of the body'
  const signature = sign(null, BODY, privateKey)
  const rows = await compare(
    [
      looped(floorName, () => {
        if (!verifySignature(null, BODY, publicKey, signature)) throw new Error(floorName)
        digestOf(BODY)
      }),
      asking('countersign, body bound', desk, viewOf([CONTENT, ...fields])),
    ],
    { base: floorName },
  )
  return { title: 'Verify RFC 9421, ed25519, 1 KiB body', base: floorName, rows }
}

async function sigv4Table(): Promise<Table> {
  const signer = {
    accessKeyId: 'AKID',
    key: { secret: new Secret(SECRET) },
    region: 'local',
    service: 'orders',
    now: NOW,
  }
  const fields = await signSigV4(
    { method: 'POST', url: URL_TEXT, headers: [CONTENT], body: BODY },
    signer,
  )
  const record = { ...HOLDER, id: 'AKID', key: signer.key }
  const find = (): typeof record => record
  const desk = deskOf(
    sigv4({ source: { find }, region: 'local', service: 'orders', unsafe: { replays: true } }),
  )
  const signed = [CONTENT, ...fields]
  const base = signed.map(([name, value]) => `${name}:${value}`).join('\n')
  const rows = await compare(
    [
      looped(floor.base, () => {
        createHash('sha256').update(base).digest('hex')
        createHmac('sha256', SECRET).update(base).digest('hex')
        digestOf(BODY)
      }),
      asking('countersign, body bound', desk, viewOf(signed)),
    ],
    floor,
  )
  return { title: 'Verify SigV4, 1 KiB body', base: floor.base, rows }
}

/** What `@smithy/signature-v4` hashes with. */
class NodeSha256 {
  readonly #hash
  constructor(secret?: string | ArrayBuffer | ArrayBufferView) {
    this.#hash =
      secret === undefined ? createHash('sha256') : createHmac('sha256', secret as string)
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
  const base = '@smithy/signature-v4'
  const smithy = new SignatureV4({
    credentials: { accessKeyId: 'AKID', secretAccessKey: SECRET },
    region: 'local',
    service: 'orders',
    sha256: NodeSha256,
  })
  const signer = {
    accessKeyId: 'AKID',
    key: { secret: new Secret(SECRET) },
    region: 'local',
    service: 'orders',
    now: NOW,
  }
  const request = {
    method: 'POST',
    protocol: 'https:',
    hostname: 'api.example.test',
    path: '/orders',
    query: { page: '1' },
    headers: { host: 'api.example.test', 'content-type': 'application/octet-stream' },
    body: BODY,
  }
  const key = await importSignatureKey({ keyId: 'key_1', algorithm: 'hmac-sha256', secret: SECRET })
  const toSign = { method: 'POST', url: URL_TEXT, headers: [CONTENT], body: BODY }
  const rows = await compare(
    [
      looped(base, () => smithy.sign(request)),
      looped('countersign, SigV4', () => signSigV4(toSign, signer)),
      looped('countersign, RFC 9421 hmac-sha256', () => signRequest(toSign, { key })),
    ],
    { base },
  )
  return { title: 'Sign, 1 KiB body', base, rows }
}

async function replayTable(): Promise<Table> {
  const base = 'Map.set of a random name'
  const names = new Map<string, number>()
  const replay = memoryReplay({ maxEntries: 50_000_000, unsafe: { noFence: true } })
  let at = 0
  const use = (): string =>
    createHash('sha256')
      .update(String((at += 1)))
      .digest('base64url')
  const rows = await compare(
    [
      looped(base, () => {
        names.set(use(), NOW)
        if (names.size > 200_000) names.clear()
      }),
      looped('memoryReplay', () => {
        const claim = {
          tenant: 'default',
          credentialId: 'key_1',
          use: use(),
          signedAt: NOW,
          toleranceSeconds: 5,
        }
        // Time goes on, so that what was claimed is forgotten as it is in a server.
        const now = NOW + Math.floor(at / 20_000)
        return replay.claim({ ...claim, expiresAt: now + 10 }, now)
      }),
    ],
    { base },
  )
  return { title: 'Claims of a replay store in this process, naming included', base, rows }
}

report('signed-requests', [
  await httpSignatureTable(),
  await ed25519Table(),
  await sigv4Table(),
  await signTable(),
  await replayTable(),
])
