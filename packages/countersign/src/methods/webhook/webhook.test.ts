import { strict as assert } from 'node:assert'
import { describe, it } from 'node:test'
import type { DecisionRecord } from '../../core/decision.ts'
import { ConfigError, UnavailableError } from '../../core/errors.ts'
import { guard } from '../../core/guard.ts'
import { memoryReplay } from '../../core/memory-replay.ts'
import type { Principal } from '../../core/principal.ts'
import type { ReplayStore } from '../../core/replay.ts'
import { RevocationSet, type Revocations } from '../../core/revocation.ts'
import { Secret } from '../../core/secret.ts'
import { methodContract } from '../../testing/method-contract.ts'
import { requestView, type RequestParts } from '../../testing/request.ts'
import {
  githubAttacks,
  standardWebhookAttacks,
  stripeAttacks,
  type WebhookAttackMaterial,
} from './attacks.ts'
import type { WebhookFormat } from './format.ts'
import { github } from './github.ts'
import {
  mintWebhookKeyPair,
  mintWebhookSecret,
  signGithub,
  signStandardWebhook,
  signStripe,
  type WebhookFields,
} from './sign.ts'
import { standardWebhooks } from './standard-webhooks.ts'
import { stripe } from './stripe.ts'
import { webhook, type WebhookOptions } from './verify.ts'

const NOW = 1_700_000_000
const TERMS = { now: NOW, maxAgeSeconds: 300, clockToleranceSeconds: 5 } as const
const SENDER = { id: 'sender', scopes: ['orders:write'] } as const
const BODY = '{"total":1}'

/** A store that has been there for an hour. */
const memory = (): ReplayStore => memoryReplay({ clock: () => (NOW - 3600) * 1000 })

const post = (fields: WebhookFields, body: Uint8Array | string = BODY): RequestParts => ({
  method: 'POST',
  headers: Object.entries(fields),
  body,
})

function contract(
  name: string,
  make: (key: Secret) => {
    readonly format: WebhookFormat
    readonly accepted: Promise<WebhookFields> | WebhookFields
    readonly attacks: (material: WebhookAttackMaterial) => ReturnType<typeof stripeAttacks>
  },
  mintKey: () => Secret = mintWebhookSecret,
): void {
  methodContract(name, async () => {
    const key = mintKey()
    const { format, accepted, attacks } = make(key)
    const fields = await accepted
    return {
      method: webhook({ format, sender: SENDER, replay: memory() }),
      now: NOW,
      accepted: [post(fields)],
      attacks: await attacks({ ...TERMS, key }),
      secrets: [key.reveal(), Object.values(fields).at(-1)?.slice(-20) ?? ''],
      replayed: 'webhook.replayed',
    }
  })
}

const pair = await mintWebhookKeyPair()
const pairOnly = { publicKeys: [pair.publicKey] }

contract('Standard Webhooks v1', (key) => ({
  format: standardWebhooks({ secrets: [key] }),
  accepted: signStandardWebhook({ keys: [key], id: 'msg_1', timestamp: NOW, body: BODY }),
  attacks: standardWebhookAttacks,
}))
contract(
  'Standard Webhooks v1a',
  (key) => ({
    format: standardWebhooks({ publicKeys: [pair.publicKey] }),
    accepted: signStandardWebhook({ keys: [key], id: 'msg_1', timestamp: NOW, body: BODY }),
    attacks: standardWebhookAttacks,
  }),
  () => pair.privateKey,
)
contract('Stripe', (key) => ({
  format: stripe({ secrets: [key] }),
  accepted: signStripe({ secrets: [key], timestamp: NOW, body: BODY }),
  attacks: stripeAttacks,
}))
contract('GitHub', (key) => ({
  format: github({ secrets: [key] }),
  accepted: signGithub(key, BODY),
  attacks: githubAttacks,
}))

/** A guard of one sender, and what it says. */
function desk(format: WebhookFormat, options: Partial<WebhookOptions> = {}) {
  const clock = { now: NOW }
  const records: DecisionRecord[] = []
  const door = guard({
    methods: [webhook({ format, sender: SENDER, replay: memory(), ...options })],
    clock: () => clock.now * 1000,
    onDecision: (record) => records.push(record),
  })
  const ask = async (parts: RequestParts): Promise<string> => {
    const decision = await door.check(requestView(parts))
    return decision.outcome === 'refused' ? decision.reason : decision.outcome
  }
  const principal = async (parts: RequestParts): Promise<Principal | undefined> => {
    const decision = await door.check(requestView(parts))
    return decision.outcome === 'allowed' ? decision.principal : undefined
  }
  return { clock, records, door, ask, principal }
}

const key = mintWebhookSecret()
const standard = (
  id: string,
  parts: { timestamp?: number; body?: Uint8Array | string; keys?: readonly Secret[] } = {},
): WebhookFields | Promise<WebhookFields> =>
  signStandardWebhook({ keys: [key], id, timestamp: NOW, body: BODY, ...parts })

const revoking = (set: RevocationSet): Revocations => ({
  find: (facts) => set.find(facts),
  freshness: () => 'live',
})

const refuses = (make: () => unknown): void => {
  assert.throws(make, ConfigError)
}

const whsec = (bytes: number): string => `whsec_${Buffer.alloc(bytes, 7).toString('base64')}`

describe('an accepted delivery', () => {
  it('names its sender, and what of it was signed', async () => {
    const { principal } = desk(standardWebhooks({ secrets: [key] }))
    const found = await principal(post(await standard('msg_1', { timestamp: NOW - 7 })))
    assert.deepEqual(found, {
      type: 'service',
      id: 'sender',
      tenant: 'default',
      method: 'webhook',
      credentialId: 'sender',
      scopes: ['orders:write'],
      claims: {
        format: 'standard-webhooks',
        bodyBound: true,
        messageId: 'msg_1',
        timestamp: NOW - 7,
      },
      authenticatedAt: NOW - 7,
    })
  })

  it('names no id and no time that was not signed', async () => {
    const { principal } = desk(github({ secrets: [key] }), { sender: { id: 'gh', tenant: 't1' } })
    const fields = { ...(await signGithub(key, BODY)), 'x-github-delivery': 'guid' }
    const found = await principal(post(fields))
    assert.deepEqual(found?.claims, { format: 'github', bodyBound: true })
    assert.deepEqual([found?.authenticatedAt, found?.tenant, found?.scopes], [NOW, 't1', []])
  })

  it('is never dated later than it came', async () => {
    const { principal } = desk(stripe({ secrets: [key] }))
    const fields = await signStripe({ secrets: [key], timestamp: NOW + 5, body: BODY })
    assert.equal((await principal(post(fields)))?.authenticatedAt, NOW)
  })

  it('is good to the last second of its age, and to the first', async () => {
    const { ask } = desk(standardWebhooks({ secrets: [key] }))
    for (const timestamp of [NOW - 305, NOW + 5])
      assert.equal(await ask(post(await standard(`msg_${timestamp}`, { timestamp }))), 'allowed')
  })

  it('is taken by the fields of the old name when the sender still uses them', async () => {
    const { ask } = desk(standardWebhooks({ secrets: [key], prefix: 'svix' }))
    const fields = Object.entries(await standard('msg_1')).map(
      ([name, value]) => [name.replace('webhook', 'svix'), value] as const,
    )
    assert.equal(await ask(post(await standard('msg_1'))), 'request.credential-missing')
    assert.equal(await ask({ ...post({}), headers: fields }), 'allowed')
  })
})

describe('replay (SR-106)', () => {
  it('accepts an attempt once, and the next attempt of the same message', async () => {
    const { ask, clock } = desk(standardWebhooks({ secrets: [key] }))
    const first = post(await standard('msg_1'))
    assert.equal(await ask(first), 'allowed')
    assert.equal(await ask(first), 'webhook.replayed')
    clock.now = NOW + 60
    assert.equal(await ask(first), 'webhook.replayed')
    assert.equal(await ask(post(await standard('msg_1', { timestamp: NOW + 60 }))), 'allowed')
  })

  it('accepts a message once when asked to, whichever attempt it is', async () => {
    const { ask, clock } = desk(standardWebhooks({ secrets: [key], once: 'message' }))
    assert.equal(await ask(post(await standard('msg_1'))), 'allowed')
    clock.now = NOW + 60
    const again = post(await standard('msg_1', { timestamp: NOW + 60 }))
    assert.equal(await ask(again), 'webhook.replayed')
    assert.equal(await ask(post(await standard('msg_2', { timestamp: NOW + 60 }))), 'allowed')
  })

  it('takes the signatures of a rotation for one delivery, whichever a capture keeps', async () => {
    const old = mintWebhookSecret()
    const keys = { secrets: [key, old], publicKeys: [pair.publicKey] }
    const { ask } = desk(standardWebhooks(keys))
    const fields = await standard('msg_1', { keys: [key, old, pair.privateKey] })
    const signatures = (fields['webhook-signature'] ?? '').split(' ')
    assert.equal(signatures.length, 3)
    const [first = '', ...others] = signatures
    assert.equal(await ask(post({ ...fields, 'webhook-signature': first })), 'allowed')
    for (const other of others) {
      const captured = { ...fields, 'webhook-signature': other }
      assert.equal(await ask(post(captured)), 'webhook.replayed')
    }
    const both = await signStripe({ secrets: [key, old], timestamp: NOW, body: BODY })
    const shop = desk(stripe({ secrets: [key, old] }))
    const [time, one, two] = (both['stripe-signature'] ?? '').split(',')
    assert.equal(await shop.ask(post({ 'stripe-signature': `${time},${one}` })), 'allowed')
    assert.equal(await shop.ask(post({ 'stripe-signature': `${time},${two}` })), 'webhook.replayed')
  })

  it('remembers for as long as a delivery could be accepted by the slower clock', async () => {
    const claims: number[][] = []
    const replay: ReplayStore = {
      claim: ({ signedAt, expiresAt, toleranceSeconds, use }) => {
        claims.push([signedAt - NOW, expiresAt - NOW, toleranceSeconds, use.length])
        return 'claimed'
      },
    }
    const options = { replay, maxAgeSeconds: 60, clockToleranceSeconds: 10 }
    await desk(standardWebhooks({ secrets: [key] }), options).ask(
      post(await standard('msg_1', { timestamp: NOW - 1 })),
    )
    const source = github({ secrets: [key], rememberSeconds: 7200 })
    await desk(source, options).ask(post(await signGithub(key, BODY)))
    assert.deepEqual(claims, [
      [-1, 79, 10, 43],
      [0, 7200, 0, 43],
    ])
  })

  it('claims nothing for a delivery that is not good in every other way', async () => {
    let claims = 0
    const replay: ReplayStore = { claim: () => ((claims += 1), 'claimed') }
    const networks = ['198.51.100.0/24']
    const { ask } = desk(standardWebhooks({ secrets: [key] }), {
      replay,
      sender: { ...SENDER, networks },
    })
    const fields = await standard('msg_1')
    assert.equal(await ask(post(fields, 'other')), 'webhook.signature-invalid')
    assert.equal(await ask(post(fields)), 'webhook.network-denied')
    assert.equal(claims, 0)
    assert.equal(await ask({ ...post(fields), remoteAddress: '198.51.100.7' }), 'allowed')
    assert.equal(claims, 1)
  })

  it('has the sender try again what was signed before the memory begins (SR-107)', async () => {
    const replay = memoryReplay({ clock: () => NOW * 1000 })
    const { ask, clock, records } = desk(standardWebhooks({ secrets: [key] }), { replay })
    assert.equal(await ask(post(await standard('msg_1'))), 'request.replay-fenced')
    assert.deepEqual(records[0]?.detail, { retryAfterSeconds: 6 })
    clock.now = NOW + 6
    assert.equal(await ask(post(await standard('msg_1'))), 'request.replay-fenced')
    assert.equal(await ask(post(await standard('msg_1', { timestamp: NOW + 6 }))), 'allowed')
  })

  it('refuses everything while the memory cannot be reached', async () => {
    const replay: ReplayStore = {
      claim: () => {
        throw new UnavailableError('replay', 'down')
      },
    }
    const { ask } = desk(standardWebhooks({ secrets: [key] }), { replay })
    assert.equal(await ask(post(await standard('msg_1'))), 'request.unavailable')
  })

  it('knows a GitHub delivery by its body, whatever its unsigned id says', async () => {
    const { ask, clock } = desk(github({ secrets: [key], rememberSeconds: 600 }))
    const fields = await signGithub(key, BODY)
    assert.equal(await ask(post({ ...fields, 'x-github-delivery': '1' })), 'allowed')
    assert.equal(await ask(post({ ...fields, 'x-github-delivery': '2' })), 'webhook.replayed')
    clock.now = NOW + 600
    assert.equal(await ask(post(fields)), 'webhook.replayed')
    // No time is signed: this is what is left when it is forgotten, and why handlers are idempotent.
    clock.now = NOW + 602
    assert.equal(await ask(post(fields)), 'allowed')
  })
})

describe('the body (SR-101)', () => {
  it('is verified as bytes: bodies that are one text are two bodies', async () => {
    for (const make of [standardWebhooks, stripe, github] as const) {
      const sign = (body: Uint8Array): WebhookFields | Promise<WebhookFields> => {
        if (make === github) return signGithub(key, body)
        if (make === stripe) return signStripe({ secrets: [key], timestamp: NOW, body })
        return standard('msg_1', { body })
      }
      const { ask } = desk(make({ secrets: [key] }))
      const fields = await sign(new Uint8Array([0xff, 0x01]))
      assert.equal(
        await ask(post(fields, new Uint8Array([0xfe, 0x01]))),
        'webhook.signature-invalid',
      )
      assert.equal(await ask(post(fields, new Uint8Array([0xff, 0x01]))), 'allowed')
    }
  })

  it('is refused with any one bit of it changed', async () => {
    const secrets = [key]
    const timestamp = NOW
    const all: readonly (readonly [WebhookFormat, WebhookFields])[] = [
      [standardWebhooks({ secrets }), await standard('msg_1')],
      [standardWebhooks(pairOnly), await standard('msg_1', { keys: [pair.privateKey] })],
      [stripe({ secrets }), await signStripe({ secrets, timestamp, body: BODY })],
      [github({ secrets }), await signGithub(key, BODY)],
    ]
    for (const [format, fields] of all) {
      const { ask } = desk(format)
      for (let bit = 0; bit < BODY.length * 8; bit += 1) {
        const body = new TextEncoder().encode(BODY)
        body[bit >> 3] = (body[bit >> 3] ?? 0) ^ (1 << (bit & 7))
        assert.equal(await ask(post(fields, body)), 'webhook.signature-invalid', `bit ${bit}`)
      }
      assert.equal(await ask(post(fields)), 'allowed', format.name)
    }
  })

  it('may be empty', async () => {
    const { ask } = desk(standardWebhooks({ secrets: [key] }))
    assert.equal(await ask(post(await standard('msg_1', { body: '' }), '')), 'allowed')
  })

  it('is bounded, and read only when the time is right', async () => {
    const { ask } = desk(standardWebhooks({ secrets: [key] }), { maxBodyBytes: BODY.length })
    const larger = post(await standard('msg_1', { body: `${BODY} ` }), `${BODY} `)
    assert.equal(await ask(larger), 'request.body-too-large')
    const late = post(await standard('msg_2', { timestamp: NOW - 900 }), `${BODY} `)
    assert.equal(await ask(late), 'webhook.too-old')
    assert.equal(await ask(post(await standard('msg_3'))), 'allowed')
  })
})

describe('several keys', () => {
  it('are live at once, for a rotation without a gap', async () => {
    const next = mintWebhookSecret()
    const { ask } = desk(standardWebhooks({ secrets: [next, key], publicKeys: [pair.publicKey] }))
    for (const [index, keys] of [[key], [next], [pair.privateKey], [key, next]].entries())
      assert.equal(await ask(post(await standard(`msg_${index}`, { keys }))), 'allowed')
  })

  it('are not spoiled by signatures that are unknown or bad (SR-104)', async () => {
    const { ask } = desk(standardWebhooks({ secrets: [key], publicKeys: [pair.publicKey] }))
    const fields = await standard('msg_1')
    const good = fields['webhook-signature'] ?? ''
    const extra = `v9,AAAA v1,AAAA v1a,AAAA v1a,A= ${good} v1,AAAB`
    assert.equal(await ask(post({ ...fields, 'webhook-signature': extra })), 'allowed')
    const bad = extra.replace(good, 'v1,AAAA')
    assert.equal(
      await ask(post({ ...fields, 'webhook-id': 'msg_2', 'webhook-signature': bad })),
      'webhook.signature-invalid',
    )
  })

  it('do not stand in for each other: a public key is no secret', async () => {
    const text = pair.publicKey.slice('whpk_'.length)
    const { ask } = desk(standardWebhooks({ publicKeys: [pair.publicKey] }))
    const forged = await standard('msg_1', { keys: [new Secret(`whsec_${text}`)] })
    assert.equal(await ask(post(forged)), 'webhook.signature-invalid')
  })
})

describe('a sender', () => {
  it('is refused from the moment it is revoked', async () => {
    const set = new RevocationSet()
    const { ask } = desk(standardWebhooks({ secrets: [key] }), { revocations: revoking(set) })
    assert.equal(await ask(post(await standard('msg_1'))), 'allowed')
    set.add({ tenant: 'default', kind: 'credential', subject: 'sender', expiresAt: NOW + 9999 })
    assert.equal(await ask(post(await standard('msg_2'))), 'webhook.revoked')
  })

  it('is not taken on trust while the feed is lost', async () => {
    const revocations: Revocations = { find: () => undefined, freshness: () => 'lost' }
    const { ask } = desk(standardWebhooks({ secrets: [key] }), { revocations })
    assert.equal(await ask(post(await standard('msg_1'))), 'request.unavailable')
  })

  it('carries its limits', async () => {
    const limits = [
      { name: 'hooks', algorithm: 'sliding-window', limit: 1, windowSeconds: 60 },
    ] as const
    const { ask } = desk(standardWebhooks({ secrets: [key] }), { sender: { ...SENDER, limits } })
    assert.equal(await ask(post(await standard('msg_1'))), 'allowed')
    assert.equal(await ask(post(await standard('msg_2'))), 'limit.exceeded')
  })
})

describe('the construction', () => {
  const format = standardWebhooks({ secrets: [key] })

  it('has no value that turns the check of the time off', () => {
    for (const seconds of [0, -1, null, Number.NaN, Number.POSITIVE_INFINITY, 1.5, 3601, '300']) {
      // What untyped callers write.
      const maxAgeSeconds = seconds as number
      refuses(() => webhook({ format, sender: SENDER, maxAgeSeconds }))
    }
    for (const clockToleranceSeconds of [-1, 301, Number.NaN, Number.POSITIVE_INFINITY])
      refuses(() => webhook({ format, sender: SENDER, clockToleranceSeconds }))
    for (const rememberSeconds of [0, -1, Number.NaN, Number.POSITIVE_INFINITY])
      refuses(() => github({ secrets: [key], rememberSeconds }))
  })

  it('wants a sender, a bound, networks and limits that can be meant', () => {
    refuses(() => webhook({ format, sender: { id: '' } }))
    refuses(() => webhook({ format, sender: { id: 'a', tenant: '' } }))
    refuses(() => webhook({ format, sender: { id: 'a', networks: ['everywhere'] } }))
    refuses(() => webhook({ format, sender: SENDER, maxBodyBytes: 0 }))
    const limit = { name: 'x', algorithm: 'sliding-window', limit: 0, windowSeconds: 1 } as const
    refuses(() => webhook({ format, sender: { id: 'a', limits: [limit] } }))
    // What untyped callers write.
    const once = 'messages' as 'message'
    refuses(() => standardWebhooks({ secrets: [key], once }))
  })

  it('wants keys of the right kind and length', () => {
    for (const secret of [
      whsec(23),
      whsec(65),
      key.reveal().slice('whsec_'.length),
      key.reveal().replace('whsec_', 'WHSEC_'),
      pair.privateKey.reveal(),
      pair.publicKey,
      'whsec_',
      'whsec_not base64',
      `${whsec(24)}=`,
      `${whsec(32).slice(0, -2)}9=`,
    ]) {
      refuses(() => standardWebhooks({ secrets: [secret] }))
    }
    for (const good of [24, 64]) standardWebhooks({ secrets: [whsec(good)] })
    for (const publicKey of [whsec(32), pair.privateKey.reveal(), 'whpk_AAAA', 'whpk_']) {
      // At once, and not when a runtime that imports keys later gets there.
      const code = 'CS_CONFIG_WEBHOOK_KEY'
      assert.throws(() => standardWebhooks({ publicKeys: [publicKey] }), { code })
    }
    refuses(() => standardWebhooks({}))
    refuses(() =>
      standardWebhooks({ secrets: [key, key, key], publicKeys: Array(2).fill(pair.publicKey) }),
    )
    for (const make of [stripe, github]) {
      refuses(() => make({ secrets: [] }))
      refuses(() => make({ secrets: ['15 bytes long..'] }))
    }
  })

  it('keeps keys out of what it complains of', () => {
    const secret = 'whsec_c2hvcnQgc2VjcmV0'
    assert.throws(
      () => standardWebhooks({ secrets: [secret] }),
      (error) => error instanceof Error && !error.message.includes(secret.slice(6)),
    )
  })
})
