import type { Attack } from '../../core/attack.ts'
import type { MaybePromise } from '../../core/maybe.ts'
import type { ReasonCode } from '../../core/reasons.ts'
import type { Secret } from '../../core/secret.ts'
import { bytesOf, MAX_SIGNATURES } from './format.ts'
import { GITHUB_FIELD } from './github.ts'
import { signGithub, signStandardWebhook, signStripe, type WebhookFields } from './sign.ts'
import { mintWebhookKeyPair, mintWebhookSecret } from './mint.ts'
import { STRIPE_FIELD } from './stripe.ts'

/** What the attacks on a sender are made of. */
export interface WebhookAttackMaterial {
  /** A key that the guard under attack accepts: `whsec_` or `whsk_`, or a secret of the format. */
  readonly key: Secret
  /** Seconds since the epoch by the guard's clock. */
  readonly now: number
  /** As the guard has it. */
  readonly maxAgeSeconds: number
  /** As the guard has it. */
  readonly clockToleranceSeconds: number
}

const BODY = '{"type":"order.paid","amount":100}'

interface Delivery {
  readonly name: string
  readonly reason: ReasonCode
  readonly fields: WebhookFields
  readonly body?: Uint8Array | string
  readonly requirement?: string
  readonly method?: string
  readonly captured?: boolean
}

const attack = ({ fields, body = BODY, method = 'POST', ...rest }: Delivery): Attack => ({
  requirement: 'SR-106',
  ...rest,
  headers: Object.entries(fields),
  method,
  body,
})

const malformed = (name: string, fields: WebhookFields): Attack =>
  attack({ name, reason: 'webhook.malformed', fields })
const forged = (name: string, fields: WebhookFields, body?: Uint8Array | string): Attack =>
  attack({
    name,
    reason: 'webhook.signature-invalid',
    requirement: 'SR-101',
    fields,
    ...(body === undefined ? {} : { body }),
  })

/**
 * Attacks on a guard that takes Standard Webhooks of one sender, `v1` or `v1a` by the key of the
 * material.
 */
export async function standardWebhookAttacks(
  material: WebhookAttackMaterial,
): Promise<readonly Attack[]> {
  const { key, now } = material
  const sign = (id: string, timestamp = now, body: Uint8Array | string = BODY) =>
    signStandardWebhook({ keys: [key], id, timestamp, body })
  const good = await sign('msg_spelling')
  return [
    ...spelling(good, now),
    ...doubled(good),
    ...(await forgeries(key, now, good)),
    ...(await untimely(material, (timestamp) => sign(`msg_${timestamp}`, timestamp))),
    ...(await captures(sign('msg_captured'), sign('msg_method'))),
    ...(await shifts(key, now)),
  ]
}

const list = (fields: WebhookFields): string => fields['webhook-signature'] ?? ''

/** One delivery has one spelling. */
function spelling(good: WebhookFields, now: number): readonly Attack[] {
  const { 'webhook-id': _id, ...withoutId } = good
  const { 'webhook-timestamp': _timestamp, ...withoutTime } = good
  const time = (name: string, text: string): Attack =>
    malformed(`timestamp ${name}`, { ...good, 'webhook-timestamp': text })
  const signature = (name: string, text: string): Attack =>
    malformed(name, { ...good, 'webhook-signature': text })
  return [
    malformed('no id', withoutId),
    malformed('no timestamp', withoutTime),
    malformed('empty id', { ...good, 'webhook-id': '' }),
    malformed('id of 257 characters', { ...good, 'webhook-id': 'a'.repeat(257) }),
    malformed('full stop in the id', { ...good, 'webhook-id': `msg_1.${now}` }),
    time('and letters, which parseInt reads', `${now}abc`),
    time('with a fraction', `${now}.0`),
    time('as hexadecimal', `0x${now.toString(16)}`),
    time('with a plus', `+${now}`),
    time('with a zero before', `0${now}`),
    time('in scientific notation', '1.7e9'),
    time('negative', `-${now}`),
    time('beyond any clock', '9'.repeat(30)),
    time('not a number', 'NaN'),
    signature('empty signature', ''),
    signature('signature without version', list(good).replace(/^v1a?,/, '')),
    signature('signatures joined by comma and space', `${list(good)}, ${list(good)}`),
    signature('two spaces between signatures', `${list(good)}  ${list(good)}`),
    signature('base64url', 'v1,-_8'),
    signature('signature field of 9 KiB', `v1,${'A'.repeat(9000)}`),
    signature(
      'too many signatures',
      Array(MAX_SIGNATURES + 1)
        .fill(list(good))
        .join(' '),
    ),
  ]
}

/** Two proxies could read different ones. */
const doubled = (good: WebhookFields): readonly Attack[] =>
  Object.entries(good).map(([name, value]) => ({
    name: `${name} twice`,
    requirement: 'SR-401',
    headers: [...Object.entries(good), [name, value]],
    method: 'POST',
    body: BODY,
    reason: 'webhook.malformed',
  }))

async function forgeries(
  key: Secret,
  now: number,
  good: WebhookFields,
): Promise<readonly Attack[]> {
  const { privateKey } = await mintWebhookKeyPair()
  const delivery = { id: 'msg_forged', timestamp: now, body: BODY }
  const binary = new Uint8Array([0xff, 0x01])
  const signed = await signStandardWebhook({ keys: [key], ...delivery, body: binary })
  const [version = '', value = ''] = list(good).split(',')
  const versioned = (name: string, text: string): Attack =>
    forged(name, { ...good, 'webhook-signature': text })
  return [
    forged('another body', good, `${BODY} `),
    forged('empty body', good, ''),
    // Both are U+FFFD and 0x01 once somebody has made a text of them.
    forged('another body that is no text', signed, new Uint8Array([0xfe, 0x01])),
    forged('the text that the body becomes', signed, bytesOf('\ufffd\u0001')),
    forged('another id', { ...good, 'webhook-id': 'msg_other' }),
    forged('another time', { ...good, 'webhook-timestamp': String(now - 1) }),
    forged(
      'another secret',
      await signStandardWebhook({ keys: [mintWebhookSecret()], ...delivery }),
    ),
    forged('another key pair', await signStandardWebhook({ keys: [privateKey], ...delivery })),
    versioned('the other version', `${version === 'v1' ? 'v1a' : 'v1'},${value}`),
    versioned('a version that nobody knows', `v2,${value}`),
    versioned('upper-case base64', `${version},${value.toUpperCase()}`),
    versioned('signature prefix', `${version},${value.slice(0, 8)}`),
    versioned('padding left out', `${version},${value.replace(/=+$/, '')}`),
    versioned('one character', `${version},A`),
  ]
}

async function untimely(
  { now, maxAgeSeconds, clockToleranceSeconds }: WebhookAttackMaterial,
  sign: (timestamp: number) => MaybePromise<WebhookFields>,
): Promise<readonly Attack[]> {
  const oldest = now - maxAgeSeconds - clockToleranceSeconds
  const old = await sign(oldest - 1)
  const early = await sign(now + clockToleranceSeconds + 1)
  return [
    attack({ name: 'a second too old', reason: 'webhook.too-old', fields: old }),
    attack({ name: 'of 1970', reason: 'webhook.too-old', fields: await sign(1) }),
    attack({ name: 'a second too early', reason: 'webhook.in-future', fields: early }),
    attack({
      name: 'good for ever',
      reason: 'webhook.in-future',
      fields: await sign(99_999_999_999),
    }),
  ]
}

async function captures(
  captured: MaybePromise<WebhookFields>,
  other: MaybePromise<WebhookFields>,
): Promise<readonly Attack[]> {
  const fields = await captured
  return [
    attack({ name: 'captured', reason: 'webhook.replayed', fields, captured: true }),
    attack({
      name: 'another method',
      reason: 'webhook.method-mismatch',
      fields: await other,
      method: 'PUT',
    }),
  ]
}

/**
 * The parts of a message shifted: `a.1.2.x` is signed once, and is id `a`, time 1, body `2.x`, or id
 * `a.1`, time 2, body `x`. The second reading would be a fresh message out of an old one.
 */
async function shifts(key: Secret, now: number): Promise<readonly Attack[]> {
  const id = 'msg_shifted'
  const old = now - 100_000
  const signed = await signStandardWebhook({
    keys: [key],
    id,
    timestamp: old,
    body: `${now}.${BODY}`,
  })
  return [
    malformed('parts shifted', {
      ...signed,
      'webhook-id': `${id}.${old}`,
      'webhook-timestamp': String(now),
    }),
  ]
}

const inStripe = (name: string, text: string, how = malformed): Attack =>
  how(name, { [STRIPE_FIELD]: text })
const inGithub = (name: string, text: string): Attack => malformed(name, { [GITHUB_FIELD]: text })

/** Attacks on a guard that takes Stripe's webhooks. */
export async function stripeAttacks(material: WebhookAttackMaterial): Promise<readonly Attack[]> {
  const { key, now } = material
  const sign = (timestamp: number, secret: Secret | string = key): MaybePromise<WebhookFields> =>
    signStripe({ secrets: [secret], timestamp, body: BODY })
  const good = (await sign(now))[STRIPE_FIELD] ?? ''
  const value = good.slice(good.indexOf('v1='))
  return [
    inStripe('no time', value),
    inStripe('two times', `t=${now - 9999},${good}`),
    inStripe('time 0', `t=0,${value}`),
    inStripe('time and letters', `t=${now}abc,${value}`),
    inStripe('time as hexadecimal digits', `t=${now.toString(16)},${value}`),
    inStripe('space after the comma', good.replace(',', ', ')),
    inStripe('upper-case signature', `t=${now},v1=${value.slice(3).toUpperCase()}`),
    inStripe('too many signatures', `${good}${`,${value}`.repeat(MAX_SIGNATURES)}`),
    inStripe('no signature', `t=${now}`, forged),
    inStripe('v0 only', good.replace('v1=', 'v0='), forged),
    inStripe('signature prefix', good.slice(0, -1), forged),
    inStripe('another time', good.replace(`t=${now}`, `t=${now - 1}`), forged),
    forged('another body', { [STRIPE_FIELD]: good }, `${BODY} `),
    forged('another secret', await sign(now, mintWebhookSecret())),
    ...(await untimely(material, sign)),
    ...(await captures(sign(now - 1), sign(now))),
  ]
}

/** Attacks on a guard that takes GitHub's webhooks. */
export async function githubAttacks({
  key,
}: Pick<WebhookAttackMaterial, 'key'>): Promise<readonly Attack[]> {
  const good = await signGithub(key, BODY)
  const text = good[GITHUB_FIELD] ?? ''
  return [
    inGithub('SHA-1', `sha1=${text.slice(7, 47)}`),
    inGithub('no algorithm', text.slice(7)),
    inGithub('upper-case signature', `sha256=${text.slice(7).toUpperCase()}`),
    inGithub('signature prefix', text.slice(0, -1)),
    inGithub('two signatures', `${text},${text}`),
    inGithub('space inside', text.replace('=', '= ')),
    forged('another body', good, `${BODY} `),
    forged('empty body', good, ''),
    forged('another secret', await signGithub(mintWebhookSecret(), BODY)),
    ...(await captures(good, signGithub(key, 'method'))),
  ]
}
