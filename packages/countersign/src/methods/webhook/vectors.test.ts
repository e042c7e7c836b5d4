import { strict as assert } from 'node:assert'
import { createHmac } from 'node:crypto'
import { existsSync, readFileSync } from 'node:fs'
import { describe, it, test } from 'node:test'
import { Webhook } from 'standardwebhooks'
import { guard } from '../../core/guard.ts'
import { memoryReplay } from '../../core/memory-replay.ts'
import { isObject } from '../../jose/json.ts'
import { requestView } from '../../testing/request.ts'
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
import { webhook } from './verify.ts'

/** What a guard at this time says of a delivery. */
async function ask(
  format: WebhookFormat,
  { fields, body, now }: { fields: WebhookFields; body: Uint8Array | string; now: number },
): Promise<string> {
  const replay = memoryReplay({ clock: () => (now - 3600) * 1000 })
  const desk = guard({
    methods: [webhook({ format, sender: { id: 'sender' }, replay })],
    clock: () => now * 1000,
  })
  const headers = Object.entries(fields)
  const decision = await desk.check(requestView({ method: 'POST', headers, body }))
  return decision.outcome === 'refused' ? decision.reason : decision.outcome
}

/** Kept outside of this repository: COUNTERSIGN_VECTORS names their folder elsewhere. */
const folder =
  process.env['COUNTERSIGN_VECTORS'] ??
  new URL('../../../../../../shared/vectors', import.meta.url).pathname
const file = `${folder}/standard-webhooks.json`

test('the vectors of Standard Webhooks and GitHub', {
  skip: !existsSync(file) && file,
}, async () => {
  const vectors: unknown = JSON.parse(readFileSync(file, 'utf8'))
  assert(isObject(vectors))
  const { standardWebhooks: standard, githubWebhook: hub } = vectors
  assert(isObject(standard) && isObject(hub))
  const secret = `whsec_${String(standard['secret'])}`
  const id = String(standard['id'])
  const body = String(standard['body'])
  const timestamp = Number(standard['timestamp'])
  const signed = await signStandardWebhook({ keys: [secret], id, timestamp, body })
  assert.equal(signed['webhook-signature'], standard['signature'])
  const format = standardWebhooks({ secrets: [secret] })
  assert.equal(await ask(format, { fields: signed, body, now: timestamp }), 'allowed')

  const hubBody = String(hub['body'])
  const hubSecret = String(hub['secret'])
  const fields = await signGithub(hubSecret, hubBody)
  assert.equal(fields['x-hub-signature-256'], hub['x-hub-signature-256'])
  const source = github({ secrets: [hubSecret] })
  assert.equal(await ask(source, { fields, body: hubBody, now: 1 }), 'allowed')
})

/**
 * Known answers for v1a: Ed25519 is deterministic, so that two implementations agree to the byte or
 * not at all.
 */
const V1A = [
  {
    // svix-server, src/worker.rs, test_asymmetric_key_signing (MIT).
    source: 'the Svix server',
    privateKey:
      'whsk_6Xb/dCcHpPea21PS1N9VY/NZW723CEc77N4rJCubMbfVKIDij2HKpMKkioLlX0dRqSKJp4AJ6p9lMicMFs6Kvg==',
    publicKey: 'whpk_1SiA4o9hyqTCpIqC5V9HUakiiaeACeqfZTInDBbOir4=',
    id: 'msg_p5jXN8AQM9LWM0D4loKWxJek',
    timestamp: 1_614_265_330,
    body: '{"test": 2432232314}',
    signature:
      'v1a,hnO3f9T8Ytu9HwrXslvumlUpqtNVqkhqw/enGzPCXe5BdqzCInXqYXFymVJaA7AZdpXwVLPo3mNl8EM+m7TBAg==',
  },
  {
    // The key of RFC 8032 §7.1, TEST 1; the body is the bytes 00 ff fe 0a, which are no UTF-8.
    source: 'Countersign',
    privateKey: 'whsk_nWGxne/9WmC6hEr0kuwsxERJxWl7MmkZcDusAxyuf2A=',
    publicKey: 'whpk_11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo=',
    id: 'msg_countersign',
    timestamp: 1_700_000_000,
    body: new Uint8Array([0x00, 0xff, 0xfe, 0x0a]),
    signature:
      'v1a,phOWW5enMR/Ws3sZEW/fZL6aV7tQCO2ZzDscyF1ru36FanR2pO08A59KztamlnyxZjzsaRdIhMjJQlwBnQmGDA==',
  },
] as const

describe('v1a', () => {
  for (const { source, privateKey, publicKey, signature, ...delivery } of V1A) {
    it(`has the known answer of ${source}`, async () => {
      const { body, timestamp: now } = delivery
      const fields = await signStandardWebhook({ keys: [privateKey], ...delivery })
      assert.equal(fields['webhook-signature'], signature)
      const format = standardWebhooks({ publicKeys: [publicKey] })
      assert.equal(await ask(format, { fields, body, now }), 'allowed')
    })
  }

  it('refuses a private key that is too short, or whose halves are of two keys', async () => {
    const [one, two] = [await mintWebhookKeyPair(), await mintWebhookKeyPair()]
    const seed = Buffer.from(one.privateKey.reveal().slice(5), 'base64').subarray(0, 32)
    const point = Buffer.from(two.publicKey.slice(5), 'base64')
    const mixed = `whsk_${Buffer.concat([seed, point]).toString('base64')}`
    const delivery = { id: 'msg_1', timestamp: 1, body: '' }
    for (const key of [mixed, 'whsk_AAAA']) {
      const sign = async (): Promise<unknown> => signStandardWebhook({ keys: [key], ...delivery })
      await assert.rejects(sign, { code: 'CS_CONFIG_WEBHOOK_KEY' })
    }
  })
})

describe('the standardwebhooks package', () => {
  const secret = mintWebhookSecret()
  const theirs = new Webhook(secret.reveal())
  const ours = standardWebhooks({ secrets: [secret] })
  const bodies = ['{"a":1}', '', 'Grüße 🔒', '{"b":"1.2.3"}', ' \n']

  it('signs what ours accepts', async () => {
    const now = 1_700_000_000
    for (const [index, body] of bodies.entries()) {
      const id = `msg_${index}`
      const fields = {
        'webhook-id': id,
        'webhook-timestamp': String(now),
        'webhook-signature': theirs.sign(id, new Date(now * 1000), body),
      }
      assert.equal(await ask(ours, { fields, body, now }), 'allowed', body)
    }
  })

  it('accepts what ours signs', async () => {
    // It reads the system clock, and offers no other.
    const timestamp = Math.floor(Date.now() / 1000)
    const other = mintWebhookSecret()
    for (const body of bodies) {
      const delivery = { id: 'msg_1', timestamp, body }
      const fields = await signStandardWebhook({ keys: [other, secret], ...delivery })
      theirs.verify(body, { ...fields }, { jsonParse: false })
    }
  })
})

describe("Stripe's format", () => {
  it('is what its documentation says, whoever computes it', async () => {
    const secret = 'whsec_5WbX5kEWLlfzsGNjH64I8lOOqUB6e8FH'
    const now = 1_492_774_577
    const body = '{"id":"evt_1","object":"event"}'
    const mac = createHmac('sha256', secret).update(`${now}.${body}`).digest('hex')
    const old = '6ffbb59b2300aae63f272406069a9788598b792a944a07aba816edb039989a39'
    const fields = { 'stripe-signature': `t=${now},v1=${mac},v0=${old}` }
    const format = stripe({ secrets: [secret] })
    assert.equal(await ask(format, { fields, body, now }), 'allowed')
    const signed = await signStripe({ secrets: [secret], timestamp: now, body })
    assert.deepEqual(signed, { 'stripe-signature': `t=${now},v1=${mac}` })
  })
})

describe('what signs for tests', () => {
  const secret = mintWebhookSecret()

  it('is accepted in every format, whatever the body', async () => {
    const now = 1_700_000_000
    const every = Uint8Array.from({ length: 256 }, (_, index) => index)
    for (const body of ['', '{}', every, new Uint8Array([0xef, 0xbb, 0xbf])]) {
      const secrets = [secret]
      const made: readonly (readonly [WebhookFormat, WebhookFields])[] = [
        [
          standardWebhooks({ secrets }),
          await signStandardWebhook({ keys: secrets, id: 'msg-1!', timestamp: now, body }),
        ],
        [stripe({ secrets }), await signStripe({ secrets, timestamp: now, body })],
        [github({ secrets }), await signGithub(secret, body)],
      ]
      for (const [format, fields] of made)
        assert.equal(await ask(format, { fields, body, now }), 'allowed', format.name)
    }
  })

  it('signs nothing that no verifier could accept', async () => {
    const good = { keys: [secret], id: 'msg_1', timestamp: 1_700_000_000, body: '' }
    for (const wrong of [
      { id: 'msg.1' },
      { id: '' },
      { id: 'msg 1' },
      { id: 'm\n' },
      { timestamp: 1.5 },
      { timestamp: -1 },
      { timestamp: 0 },
      { timestamp: Number.NaN },
      { keys: [] },
      { keys: Array(9).fill(secret) },
      { keys: ['whsec_AAAA'] },
      { keys: ['whsk_AAAA'] },
      { keys: ['whpk_1SiA4o9hyqTCpIqC5V9HUakiiaeACeqfZTInDBbOir4='] },
    ]) {
      const sign = async (): Promise<unknown> => signStandardWebhook({ ...good, ...wrong })
      await assert.rejects(sign, { name: 'ConfigError' }, JSON.stringify(wrong))
    }
  })

  it('makes keys of the specification', async () => {
    assert.match(mintWebhookSecret().reveal(), /^whsec_[A-Za-z0-9+/]{43}=$/)
    const { privateKey, publicKey } = await mintWebhookKeyPair()
    assert.match(privateKey.reveal(), /^whsk_[A-Za-z0-9+/]{86}==$/)
    assert.match(publicKey, /^whpk_[A-Za-z0-9+/]{43}=$/)
    assert.equal(JSON.stringify({ privateKey }), '{"privateKey":"[Secret]"}')
  })
})
