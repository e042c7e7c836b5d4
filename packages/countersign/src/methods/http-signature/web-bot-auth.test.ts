import { strict as assert } from 'node:assert'
import { before, describe, it } from 'node:test'
import { generateJwk } from '#crypto'
import { ConfigError } from '../../core/errors.ts'
import { guard } from '../../core/guard.ts'
import { memoryReplay } from '../../core/memory-replay.ts'
import type { Principal } from '../../core/principal.ts'
import { ok } from '../../core/result.ts'
import type { Jwk } from '../../crypto/seam.ts'
import { algorithmNamed } from '../../jose/algorithms.ts'
import type { DocumentOutcome } from '../../net/document.ts'
import { methodContract } from '../../testing/method-contract.ts'
import { requestView, type RequestParts } from '../../testing/request.ts'
import { webBotAuth as botProof } from '../../client/web-bot-auth.ts'
import { withProof } from '../../client/with-proof.ts'
import {
  directoryAttacks,
  webBotAuthAttacks,
  webBotAuthRequest,
  type DirectoryAttackMaterial,
  type WebBotAuthAttackMaterial,
} from './attacks-agent.ts'
import { directoryOf } from './attacks-directory.ts'
import { DIRECTORY_PATH } from './directory-format.ts'
import { agentDirectory, importAgentKey, type AgentSigningKey } from './sign-agent.ts'
import { signRequest } from './sign.ts'
import { httpSignature } from './verify.ts'
import { verifiedAgent, webBotAuth, type WebBotAuthOptions } from './web-bot-auth.ts'

const NOW = 1_760_000_000
const AGENT = 'https://agent.example'
const OTHER = 'https://other.example'
const HOST = 'api.example'

const fixed = (): number => NOW * 1000

/** The network: what each origin answers, and how often it was asked. */
class Net {
  readonly answers = new Map<string, DocumentOutcome | Promise<DocumentOutcome>>()
  readonly asked: string[] = []
  readonly fetchDocument = async ({ url }: { url: string }): Promise<DocumentOutcome> => {
    assert.ok(url.endsWith(DIRECTORY_PATH))
    const origin = url.slice(0, -DIRECTORY_PATH.length)
    this.asked.push(origin)
    return (
      this.answers.get(origin) ?? { ok: false, error: { kind: 'unreachable', message: 'nobody' } }
    )
  }
}

const algorithm = algorithmNamed('Ed25519')
assert(algorithm !== undefined)
const newKey = async (): Promise<{ jwk: Jwk; key: AgentSigningKey }> => {
  const jwk = await generateJwk(algorithm)
  return { jwk, key: await importAgentKey(jwk) }
}

/** Keys of an agent and of a stranger, for requests and directories. */
interface Cast {
  readonly material: WebBotAuthAttackMaterial & { readonly key: AgentSigningKey }
  readonly directory: DirectoryAttackMaterial
}

async function cast(): Promise<Cast> {
  const [own, stranger] = [await newKey(), await newKey()]
  const shared = { key: own.key, stranger: stranger.key, agent: AGENT, now: NOW }
  return {
    material: {
      ...shared,
      otherAgent: OTHER,
      authority: HOST,
      target: '/orders',
      maxLifetimeSeconds: 3600,
    },
    directory: { ...shared, privateJwk: own.jwk, maxKeys: 20 },
  }
}

interface Desk {
  readonly net: Net
  readonly clock: { now: number }
  readonly reason: (parts: RequestParts) => Promise<string>
  readonly principal: (parts: RequestParts) => Promise<Principal>
}

function desk(options: Partial<WebBotAuthOptions> = {}): Desk {
  const net = new Net()
  const clock = { now: NOW }
  const { directory, ...rest } = options
  const chosen = 'anyAgent' in rest ? {} : { agents: [AGENT, OTHER] }
  const method = webBotAuth({
    authorities: [HOST],
    ...chosen,
    replay: memoryReplay({ unsafe: { noFence: true }, clock: () => clock.now * 1000 }),
    directory: { fetchDocument: net.fetchDocument, ...directory },
    ...rest,
  })
  const door = guard({ methods: [method], clock: () => clock.now * 1000 })
  const check = (parts: RequestParts) => door.check(requestView({ authority: HOST, ...parts }))
  return {
    net,
    clock,
    reason: async (parts) => {
      const decision = await check(parts)
      return decision.outcome === 'refused' ? decision.reason : decision.outcome
    },
    principal: async (parts) => {
      const decision = await check(parts)
      assert(decision.outcome === 'allowed', JSON.stringify(decision))
      return decision.principal
    },
  }
}

let actors: Cast
before(async () => {
  actors = await cast()
})

/** A desk whose agents serve good directories: the key in the first, a stranger's in the second. */
async function served(options: Partial<WebBotAuthOptions> = {}): Promise<Desk> {
  const made = desk(options)
  const { directory } = actors
  made.net.answers.set(AGENT, ok(await directoryOf(directory)))
  const others = { ...directory, agent: OTHER, key: directory.stranger }
  const { key: elsewhere } = await newKey()
  made.net.answers.set(OTHER, ok(await directoryOf({ ...others, key: elsewhere })))
  return made
}

const good = (): Promise<RequestParts> => webBotAuthRequest(actors.material)
const unknown = async (): Promise<RequestParts> =>
  webBotAuthRequest({ ...actors.material, key: (await newKey()).key })

describe('a request of an agent', () => {
  it('is accepted, and tells the agent and nothing that it may do', async () => {
    const { principal } = await served()
    const { method, id, type, scopes, credentialId, claims, ...rest } = await principal(
      await webBotAuthRequest(actors.material),
    )
    const { keyId } = actors.material.key
    assert.deepEqual(
      { method, id, type, scopes, credentialId },
      {
        method: 'http-signature',
        id: AGENT,
        type: 'client',
        scopes: [],
        credentialId: `${AGENT}#${keyId}`,
      },
    )
    assert.deepEqual(claims['webBotAuth'], { origin: AGENT, keyId })
    assert.equal('clientId' in rest && rest.clientId, AGENT)
    assert.deepEqual(
      verifiedAgent({ ...rest, method, id, scopes, credentialId, claims, type: 'service' }),
      { origin: AGENT, keyId },
    )
  })

  it('may do what the operator maps its agent to', async () => {
    const { principal } = await served({
      scopes: ({ origin }) => (origin === AGENT ? ['pages:read'] : []),
      tenant: 'acme',
    })
    const { scopes, tenant } = await principal(await webBotAuthRequest(actors.material))
    assert.deepEqual([scopes, tenant], [['pages:read'], 'acme'])
  })

  it('is refused for a host that this API is not served under', async () => {
    const { reason } = await served()
    const parts = await webBotAuthRequest({ ...actors.material, authority: 'evil.example' })
    assert.equal(
      await reason({ ...parts, authority: 'evil.example' }),
      'http-signature.authority-mismatch',
    )
  })

  it('is none without a signature', async () => {
    const { reason } = await served()
    const headers = [['Signature-Agent', `sig1="${AGENT}"`]] as const
    assert.equal(await reason({ headers }), 'request.credential-missing')
  })

  it('may cover the whole field beside its member', async () => {
    const { reason } = await served()
    const { key } = actors.material
    const field = ['signature-agent', `sig1="${AGENT}"`] as const
    const components = ['@authority', 'signature-agent', 'signature-agent;key="sig1"']
    const fields = await signRequest(
      { method: 'GET', url: `https://${HOST}/`, headers: [field] },
      { key, components, tag: 'web-bot-auth', expiresInSeconds: 60, clock: fixed },
    )
    assert.equal(await reason({ headers: [field, ...fields] }), 'allowed')
  })

  it('must bind its body', async () => {
    const { reason } = await served()
    const parts = await webBotAuthRequest(actors.material)
    assert.equal(
      await reason({ ...parts, method: 'POST', body: 'x' }),
      'http-signature.body-unbound',
    )
  })
})

methodContract('http-signature', async () => {
  const { material, directory } = await cast()
  const net = new Net()
  net.answers.set(AGENT, ok(await directoryOf(directory)))
  const { key: elsewhere } = await newKey()
  net.answers.set(OTHER, ok(await directoryOf({ ...directory, agent: OTHER, key: elsewhere })))
  return {
    method: webBotAuth({
      authorities: [HOST],
      agents: [AGENT, OTHER],
      replay: memoryReplay({ unsafe: { noFence: true }, clock: fixed }),
      directory: { fetchDocument: net.fetchDocument },
    }),
    now: NOW,
    replayed: 'http-signature.replayed',
    accepted: [await webBotAuthRequest(material), await webBotAuthRequest(material)],
    attacks: await webBotAuthAttacks(material),
    secrets: [String(directory.privateJwk['d'])],
  }
})

describe('attacks by requests', async () => {
  const { material } = await cast()
  for (const { name } of await webBotAuthAttacks(material)) {
    it(`${name} is refused (SR-102, SR-106, SR-504)`, async () => {
      const { reason, net } = await served()
      const attack = (await webBotAuthAttacks(actors.material)).find((one) => one.name === name)
      assert(attack !== undefined)
      if (attack.captured === true) assert.equal(await reason(attack), 'allowed')
      assert.equal(await reason(attack), attack.reason)
      // Whatever could be told without a key has fetched none.
      const late = ['key-unknown', 'signature-invalid', 'replayed'].some((end) =>
        attack.reason.endsWith(end),
      )
      assert.equal(net.asked.length > 0, late)
    })
  }
})

describe('attacks by directories', async () => {
  const rows = await directoryAttacks((await cast()).directory)
  for (const { name } of rows) {
    it(`${name} gives no key (SR-504)`, async () => {
      const made = desk()
      const attack = (await directoryAttacks(actors.directory)).find((one) => one.name === name)
      assert(attack !== undefined)
      made.net.answers.set(AGENT, attack.answer)
      const parts = await webBotAuthRequest(actors.material)
      assert.equal(await made.reason(parts), attack.reason)
    })
  }

  it('is no attack without a flaw, whatever the case and charset of its type', async () => {
    const made = desk()
    const type = 'Application/http-message-signatures-directory+json; charset=utf-8'
    made.net.answers.set(AGENT, ok(await directoryOf(actors.directory, { type })))
    assert.equal(await made.reason(await webBotAuthRequest(actors.material)), 'allowed')
  })

  it('is believed without content-digest, as earlier drafts have it', async () => {
    const made = desk()
    const components = ['@authority;req']
    made.net.answers.set(AGENT, ok(await directoryOf(actors.directory, { components })))
    assert.equal(await made.reason(await webBotAuthRequest(actors.material)), 'allowed')
  })

  it('is believed unproven only where the operator says so', async () => {
    const made = desk({ unsafe: { unprovenKeys: true } })
    made.net.answers.set(AGENT, ok(await directoryOf(actors.directory, { signers: [] })))
    assert.equal(await made.reason(await webBotAuthRequest(actors.material)), 'allowed')
  })
})

describe('directories', () => {
  it('are fetched once, however many requests wait', async () => {
    const { reason, net } = await served()
    const parts = await Promise.all(Array.from({ length: 20 }, good))
    const reasons = await Promise.all(parts.map(reason))
    assert.deepEqual(new Set(reasons), new Set(['allowed']))
    assert.deepEqual(net.asked, [AGENT])
  })

  it('are not fetched for a flood of unknown keys', async () => {
    const { reason, net, clock } = await served()
    assert.equal(await reason(await good()), 'allowed')
    for (let count = 0; count < 50; count += 1)
      assert.equal(await reason(await unknown()), 'http-signature.key-unknown')
    assert.equal(net.asked.length, 1)
    clock.now += 60
    const later = { ...actors.material, now: clock.now, key: (await newKey()).key }
    assert.equal(await reason(await webBotAuthRequest(later)), 'http-signature.key-unknown')
    assert.equal(net.asked.length, 2)
  })

  it('are fetched for a key that was added, and lose one that was removed', async () => {
    const { reason, net, clock } = await served()
    assert.equal(await reason(await good()), 'allowed')
    const next = await newKey()
    net.answers.set(AGENT, ok(await directoryOf({ ...actors.directory, key: next.key })))
    clock.now += 61
    const later = { ...actors.material, now: clock.now }
    assert.equal(await reason(await webBotAuthRequest({ ...later, key: next.key })), 'allowed')
    assert.equal(await reason(await webBotAuthRequest(later)), 'http-signature.key-unknown')
  })

  it('serve on while they cannot be fetched, but not for ever', async () => {
    const { reason, net, clock } = await served()
    assert.equal(await reason(await good()), 'allowed')
    net.answers.clear()
    const after = async (seconds: number): Promise<string> => {
      clock.now = NOW + seconds
      return reason(await webBotAuthRequest({ ...actors.material, now: clock.now }))
    }
    assert.equal(await after(3800), 'allowed')
    assert.equal(await after(3901), 'web-bot-auth.directory-failed')
  })

  it('of all listed agents are kept', async () => {
    const { reason, net } = await served()
    for (let count = 0; count < 3; count += 1) {
      assert.equal(await reason(await good()), 'allowed')
      const other = { ...actors.material, agent: OTHER }
      assert.equal(await reason(await webBotAuthRequest(other)), 'http-signature.key-unknown')
    }
    assert.deepEqual(net.asked, [AGENT, OTHER])
  })

  it('that failed rest for a minute', async () => {
    const made = desk()
    for (let count = 0; count < 10; count += 1)
      assert.equal(await made.reason(await good()), 'web-bot-auth.directory-failed')
    assert.equal(made.net.asked.length, 1)
  })

  it('of a flood of invented origins are fetched within a budget, and good ones all the same', async () => {
    const net = new Net()
    const directory = { fetchDocument: net.fetchDocument, fetchesPerMinute: 5 }
    const made = desk({ anyAgent: true, directory })
    net.answers.set(AGENT, ok(await directoryOf(actors.directory)))
    assert.equal(await made.reason(await good()), 'allowed')
    const reasons = []
    for (let count = 0; count < 20; count += 1) {
      const agent = `https://a${count}.example`
      reasons.push(await made.reason(await webBotAuthRequest({ ...actors.material, agent })))
    }
    assert.equal(net.asked.length, 5)
    assert.equal(reasons.at(-1), 'web-bot-auth.directory-busy')
    made.clock.now += 60
    const next = { ...actors.material, now: made.clock.now, agent: 'https://b.example' }
    assert.equal(await made.reason(await webBotAuthRequest(next)), 'web-bot-auth.directory-failed')
    assert.equal(net.asked.length, 6)
    made.clock.now += 241
    const later = { ...actors.material, now: made.clock.now }
    assert.equal(await made.reason(await webBotAuthRequest(later)), 'allowed')
    assert.deepEqual(net.asked.slice(6), [AGENT])
  })

  it('of one agent say nothing about another with the same key', async () => {
    const made = desk()
    const { directory } = actors
    made.net.answers.set(AGENT, ok(await directoryOf(directory)))
    // The other agent publishes the key too, and cannot prove it: it has no private half.
    const copied = { keys: [directory.key.publicJwk], signers: [directory.stranger] }
    made.net.answers.set(OTHER, ok(await directoryOf({ ...directory, agent: OTHER }, copied)))
    assert.equal(await made.reason(await good()), 'allowed')
    const swapped = await webBotAuthRequest({ ...actors.material, agent: OTHER })
    assert.equal(await made.reason(swapped), 'web-bot-auth.directory-failed')
  })
})

describe('options', () => {
  const base = { authorities: [HOST] }
  const wrong: readonly (readonly [string, WebBotAuthOptions])[] = [
    ['neither agents nor anyAgent', base],
    ['both', { ...base, agents: [AGENT], anyAgent: true }],
    ['no agents', { ...base, agents: [] }],
    ['an agent that is no origin', { ...base, agents: [`${AGENT}/x`] }],
    ['no authorities', { authorities: [], agents: [AGENT] }],
    ['a life of more than a day', { ...base, agents: [AGENT], maxLifetimeSeconds: 86_401 }],
  ]
  for (const [what, options] of wrong) {
    it(`refuses ${what}`, () => assert.throws(() => webBotAuth(options), ConfigError))
  }

  it('asks clients for what it needs', () => {
    const { challenge } = webBotAuth({ ...base, agents: [AGENT] })
    assert.deepEqual(challenge.fields, [
      [
        'accept-signature',
        'sig1=("@authority" "content-digest" "signature-agent";key="sig1");created;keyid;expires;nonce;tag="web-bot-auth"',
      ],
    ])
  })

  it('stands beside signed requests of another kind', async () => {
    const general = httpSignature({
      algorithms: ['ed25519'],
      source: { kind: 'records', find: () => undefined },
    })
    const bots = webBotAuth({ ...base, agents: [AGENT] })
    const door = guard({ methods: [bots, general], clock: () => NOW * 1000 })
    const headers = [
      ['Signature-Input', `s=("@authority" "@method" "@path" "@query");created=${NOW};keyid="k"`],
      ['Signature', 's=:AAAA:'],
    ] as const
    const decision = await door.check(requestView({ headers }))
    assert.equal(decision.outcome === 'refused' && decision.reason, 'http-signature.key-unknown')
  })
})

describe('an agent of ours', () => {
  for (const name of ['Ed25519', 'ES256', 'ES384', 'PS512']) {
    it(`signs with ${name}, and serves its directory`, async () => {
      const found = algorithmNamed(name)
      assert(found !== undefined)
      const jwk = await generateJwk(found)
      const serve = agentDirectory({
        agent: AGENT,
        keys: [await importAgentKey(jwk)],
        clock: fixed,
      })
      const made = desk()
      const answer = await serve()
      made.net.answers.set(
        AGENT,
        ok({
          header: (field) => [answer.headers.get(field) ?? ''],
          body: new Uint8Array(await answer.arrayBuffer()),
        }),
      )
      const sent: Request[] = []
      const fetch = async (input: string | URL | Request): Promise<Response> => {
        sent.push(new Request(input))
        return new Response()
      }
      const visit = withProof(botProof({ agent: AGENT, key: jwk }), { fetch, clock: fixed })
      await visit(`https://${HOST}/orders?x=1`, { method: 'POST', body: 'hello' })
      const [request] = sent
      assert(request !== undefined)
      const parts = {
        method: 'POST',
        target: '/orders?x=1',
        headers: [...request.headers],
        body: 'hello',
      }
      assert.equal(await made.reason({ ...parts, body: 'other' }), 'http-signature.body-changed')
      assert.equal(await made.reason(parts), 'allowed')
    })
  }

  it('publishes the public half alone, two keys for a rotation', async () => {
    const [old, next] = [await newKey(), await newKey()]
    const serve = agentDirectory({ agent: AGENT, keys: [old.key, next.key] })
    const text = await (await serve()).text()
    assert.ok(!text.includes(String(old.jwk['d'])))
    assert.equal((JSON.parse(text) as { keys: unknown[] }).keys.length, 2)
  })
})
