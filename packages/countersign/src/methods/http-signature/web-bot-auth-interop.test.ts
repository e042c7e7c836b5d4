import { strict as assert } from 'node:assert'
import { describe, it } from 'node:test'
import { directoryResponseHeaders, signatureHeaders, verify } from 'web-bot-auth'
import { signerFromJWK, verifierFromJWK } from 'web-bot-auth/crypto'
import { generateJwk } from '#crypto'
import { guard } from '../../core/guard.ts'
import { memoryReplay } from '../../core/memory-replay.ts'
import { ok } from '../../core/result.ts'
import { algorithmNamed } from '../../jose/algorithms.ts'
import { importVerifyKey } from '../../jose/keys.ts'
import type { DocumentOutcome } from '../../net/document.ts'
import { requestView } from '../../testing/request.ts'
import { signatureBase } from './base.ts'
import { DIRECTORY_PATH, DIRECTORY_TYPE } from './directory-format.ts'
import { readDirectory } from './directory.ts'
import { FIELD_TYPES } from './fields.ts'
import { parseSignatures } from './format.ts'
import { fieldLookup } from './message.ts'
import { importAgentKey } from './sign-agent.ts'
import { signRequest } from './sign.ts'
import { coveredAgent } from './web-bot-auth-agent.ts'
import { webBotAuth } from './web-bot-auth.ts'

const CREATED = 1_735_689_600
const AGENT = 'https://signature-agent.test'
const ED25519 = 'poqkLGiymh_W0uP6PZFw-dvez3QJT5SolqXBCW38r0U'
const ED25519_JWK = {
  kty: 'OKP',
  crv: 'Ed25519',
  kid: ED25519,
  x: 'JrQLj5P_89iXES9-vFgrIy29clF9CC_oPPsw3c5D0bs',
  use: 'sig',
}

/** The test vectors of draft-ietf-webbotauth-httpsig-protocol-00; its keys are RFC 9421 B.1.4's. */
const DICTIONARY = [
  ['Signature-Agent', `agent2="${AGENT}"`],
  [
    'Signature-Input',
    `sig2=("@authority" "signature-agent";key="agent2");created=1735689600;keyid="${ED25519}";alg="ed25519";expires=4889289600;nonce="n9p433xm+NJ3ph3upfBIGmsuwHw387YV7Q/F+6BSpGCVjYCqQw6rznNA8PVVLySrAWsv0hQtFioQb6E1YsauiA==";tag="web-bot-auth"`,
  ],
  [
    'Signature',
    'sig2=:RdNFx5Bj6au3YgAMQL/RzmUlZE8QZLIaXGRpw985hWnwPfMxT228NMk6ehRS1PSl4e8PhbNZACSanGdhEwYCCg==:',
  ],
] as const
const LEGACY = [
  ['Signature-Agent', `"${AGENT}"`],
  [
    'Signature-Input',
    `sig2=("@authority" "signature-agent");created=1735689600;keyid="${ED25519}";alg="ed25519";expires=1735693200;nonce="e8N7S2MFd/qrd6T2R3tdfAuuANngKI7LFtKYI/vowzk4lAZYadIX6wW25MwG7DCT9RUKAJ0qVkU0mEeLElW1qg==";tag="web-bot-auth"`,
  ],
  [
    'Signature',
    'sig2=:jdq0SqOwHdyHr9+r5jw3iYZH6aNGKijYp/EstF4RQTQdi5N5YYKrD+mCT1HA1nZDsi6nJKuHxUi/5Syp3rLWBA==:',
  ],
] as const
const DIRECTORY = {
  header: fieldLookup([
    ['Content-Type', DIRECTORY_TYPE],
    ['Content-Digest', 'sha-256=:CADMT2aBdV/rqQr/NIru64ERQkCobVvllA4V0fLFDu0=:'],
    [
      'Signature-Input',
      `binding=("@authority";req "content-digest");created=1735689600;expires=4889289600;keyid="${ED25519}";tag="http-message-signatures-directory"`,
    ],
    [
      'Signature',
      'binding=:l6P8R67tm3kujAxbHWio7ll01qrEZ0dKD/WWlGhNYEmTnFZM8Wt0VQ9zqGfvo7T/UMkBxsigzChM1Gpz7gOVBg==:',
    ],
  ]),
  body: new TextEncoder().encode(
    `{"keys":[{"kty":"OKP","crv":"Ed25519","kid":"${ED25519}","x":"JrQLj5P_89iXES9-vFgrIy29clF9CC_oPPsw3c5D0bs","use":"sig"}]}`,
  ),
}

interface Door {
  readonly answer: DocumentOutcome
  readonly host: string
  readonly now: number
  readonly testKeys?: boolean
}

const reasonOf = async (
  { answer, host, now, testKeys = false }: Door,
  parts: Parameters<typeof requestView>[0],
): Promise<string> => {
  const method = webBotAuth({
    authorities: [host],
    agents: [AGENT],
    replay: memoryReplay({ unsafe: { noFence: true }, clock: () => now * 1000 }),
    directory: { fetchDocument: async () => answer },
    unsafe: { testKeys },
  })
  const door = guard({ methods: [method], clock: () => now * 1000 })
  const decision = await door.check(requestView({ authority: host, ...parts }))
  return decision.outcome === 'refused' ? decision.reason : decision.outcome
}

describe('the vectors of the draft', () => {
  const rules = { maxKeys: 20, proven: true, testKeys: true }
  const reading = { authority: 'signature-agent.test', now: CREATED + 60 }

  it('hold for the signed directory', async () => {
    const read = await readDirectory(DIRECTORY, reading, rules)
    assert.deepEqual(read.ok && [...read.value.keys()], [ED25519])
  })

  it('are believed under one media type, not under two', async () => {
    const header = (name: string): readonly string[] =>
      name === 'content-type' ? [DIRECTORY_TYPE, 'text/html'] : DIRECTORY.header(name)
    const read = await readDirectory({ ...DIRECTORY, header }, reading, rules)
    assert.deepEqual(read, { ok: false, error: 'media-type' })
  })

  it('hold for the signed directory at no other origin, and are test keys', async () => {
    const elsewhere = { ...reading, authority: 'other.test' }
    assert.deepEqual(await readDirectory(DIRECTORY, elsewhere, rules), {
      ok: false,
      error: 'unproven',
    })
    const guarded = await readDirectory(DIRECTORY, reading, { ...rules, testKeys: false })
    assert.equal(guarded.ok && guarded.value.size, 0)
  })

  it('hold for Signature-Agent as a dictionary, whatever its signature is called', async () => {
    const header = fieldLookup(DICTIONARY)
    const parsed = parseSignatures(header('signature-input'), header('signature'))
    const [found] = parsed.ok ? parsed.value : []
    assert(found !== undefined)
    assert.deepEqual(coveredAgent(found, header('signature-agent')), ok(AGENT))
    const view = requestView({ authority: 'example.com', headers: [...DICTIONARY] })
    const base = signatureBase(view, found, { fieldTypes: FIELD_TYPES, trailers: false })
    const key = await importVerifyKey({ jwk: ED25519_JWK })
    assert.ok(base.ok && (await key.verify(base.value, found.signature)))
  })

  const door = { answer: ok(DIRECTORY), host: 'example.com', now: CREATED + 60, testKeys: true }

  it('are refused where they live for a hundred years', async () => {
    const headers = [...DICTIONARY]
    assert.equal(await reasonOf(door, { headers }), 'web-bot-auth.lifetime-too-long')
  })

  it('are accepted in the form of earlier drafts, from request to directory', async () => {
    assert.equal(await reasonOf(door, { headers: [...LEGACY] }), 'allowed')
    const strict = { ...door, testKeys: false }
    assert.equal(await reasonOf(strict, { headers: [...LEGACY] }), 'http-signature.key-unknown')
  })
})

const lifetime = (now: number): { created: Date; expires: Date } => ({
  created: new Date(now * 1000),
  expires: new Date((now + 300) * 1000),
})

describe('the web-bot-auth package', () => {
  for (const name of ['Ed25519', 'PS512']) {
    it(`signs requests and directories with ${name} that are accepted here`, async () => {
      const algorithm = algorithmNamed(name)
      assert(algorithm !== undefined)
      const jwk = await generateJwk(algorithm)
      const signer = await signerFromJWK({ ...jwk, ...(name === 'PS512' ? { alg: name } : {}) })
      const { publicJwk, keyId } = await importAgentKey(jwk)
      assert.equal(signer.keyid, keyId)
      const now = Math.floor(Date.now() / 1000)
      const body = JSON.stringify({ keys: [publicJwk] })
      const proof = await directoryResponseHeaders(
        {
          request: { method: 'GET', url: AGENT + DIRECTORY_PATH, headers: {} },
          response: { status: 200, headers: {} },
        },
        [signer],
        lifetime(now),
      )
      const answer = ok({
        header: fieldLookup([['Content-Type', DIRECTORY_TYPE], ...Object.entries(proof)]),
        body: new TextEncoder().encode(body),
      })
      const agent = { 'Signature-Agent': `"${AGENT}"` }
      const request = new Request('https://api.example/pages', { headers: agent })
      const made = await signatureHeaders(request, signer, lifetime(now))
      const headers = [...Object.entries(agent), ...Object.entries(made)] as const
      const door = { answer, host: 'api.example', now }
      assert.equal(await reasonOf(door, { target: '/pages', headers }), 'allowed')
    })
  }

  it('believes a request of ours, in the form of the draft that it follows', async () => {
    const algorithm = algorithmNamed('Ed25519')
    assert(algorithm !== undefined)
    const key = await importAgentKey(await generateJwk(algorithm))
    const url = 'https://api.example/pages'
    const agent = ['signature-agent', `"${AGENT}"`] as const
    const components = ['@authority', 'signature-agent']
    const options = { key, components, tag: 'web-bot-auth', expiresInSeconds: 60 }
    const fields = await signRequest({ method: 'GET', url, headers: [agent] }, options)
    const verifier = await verifierFromJWK(key.publicJwk)
    const headers = Object.fromEntries([agent, ...fields])
    await verify({ method: 'GET', url, headers }, verifier)
  })
})
