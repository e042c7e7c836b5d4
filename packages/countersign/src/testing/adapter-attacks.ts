/** Plays the attack tables of the methods against a served route. */
import { strict as assert } from 'node:assert'
import { it } from 'node:test'
import type { Attack } from '../core/attack.ts'
import type { DecisionRecord } from '../core/decision.ts'
import { guard } from '../core/guard.ts'
import type { Method } from '../core/method.ts'
import { reasonOf, type ReasonCode } from '../core/reasons.ts'
import { attackedMethods } from './adapter-attack-desks.ts'
import { ATTACK_NOW, type AttackedMethod } from './attacked-method.ts'
import type { RequestParts } from './request.ts'
import { ask, run, type Running, type ServedTls, type Serve } from './adapter-server.ts'
import { fieldValues, type WireAnswer, type WireRequest } from './adapter-wire.ts'

/** What is known about a framework before its adapter is asked. */
export interface AdapterTraits {
  /**
   * The runtime joins headers that came twice (WHATWG `Headers`): such a request is refused for one
   * of the reasons that fit a joined value, instead of for its own.
   */
  readonly joinsHeaders?: boolean
}

/** Declares the attacks on an adapter. */
export function declareAttacks(serve: Serve, traits: AdapterTraits): void {
  it('refuses every attack on every method for its reason', async () => {
    for (const attacked of await attackedMethods()) await playTable(serve, attacked, traits)
  })
  it('refuses every attack when all methods stand side by side', async () => {
    const all = await sociable()
    const methods = all.map(({ method }) => method)
    await withFort({ serve, methods }, async (fort) => {
      for (const { attacks, rawAttacks } of all) {
        for (const attack of [...attacks, ...rawAttacks.filter(survivesHttp)]) {
          await play(fort, attack)
        }
      }
    })
  })
  it('lets the good credentials of all methods in, side by side', async () => {
    const all = await sociable()
    const methods = all.map(({ method }) => method)
    await withFort({ serve, methods }, async (fort) => {
      for (const { accept } of all) await assertAccepted(fort, await accept())
    })
  })
  it('SR-201: answers an unknown key and a wrong secret with the same bytes', () =>
    compareTwins(serve))
}

/** A server under attack, and what its guard recorded. */
export interface Fort {
  readonly app: Running
  readonly records: readonly DecisionRecord[]
}

/** What stands in a fort, and how it is reached: by plain HTTP, unless there is a certificate. */
export interface FortPlan {
  readonly serve: Serve
  readonly methods: readonly Method[]
  readonly tls?: ServedTls
}

/** Serves, has it attacked, and closes it whatever comes of that. */
export async function withFort(
  { serve, methods, tls }: FortPlan,
  attack: (fort: Fort) => Promise<void>,
): Promise<void> {
  const records: DecisionRecord[] = []
  const desk = guard({
    methods,
    clock: () => ATTACK_NOW * 1000,
    // The test is the proxy that says how a request arrived.
    trustedProxies: ['127.0.0.0/8'],
    onDecision: (record) => records.push(record),
  })
  const app = await run(serve, desk, { tls })
  try {
    await attack({ app, records })
  } finally {
    await app.close()
  }
}

/** Those that may stand beside the others. */
const sociable = async (): Promise<readonly AttackedMethod[]> =>
  (await attackedMethods()).filter(({ alone }) => alone !== true)

async function playTable(
  serve: Serve,
  { method, accept, attacks, rawAttacks }: AttackedMethod,
  traits: AdapterTraits,
): Promise<void> {
  await withFort({ serve, methods: [method] }, async (fort) => {
    await assertAccepted(fort, await accept())
    for (const attack of attacks) {
      const answer = await play(fort, attack)
      assert(answer !== undefined, `${attack.name}: the server hung up`)
      const reason = fort.records.at(-1)?.reason
      assert(reason !== undefined, `${attack.name}: nothing was decided`)
      const joined = traits.joinsHeaders === true ? joinedReasons(attack) : []
      const expected = [attack.reason, ...joined]
      assert(expected.includes(reason), `${attack.name}: ${reason}, not ${expected.join(' or ')}`)
      assertAnswer(answer, reason, attack.name)
    }
    for (const attack of rawAttacks.filter(survivesHttp)) await play(fort, attack)
    await assertAccepted(fort, await accept())
  })
}

/** HTTP trims white space around a value, and a line break ends it: what arrives is no attack. */
const survivesHttp = ({ headers }: Attack): boolean =>
  headers.every(([, value]) => value.trim() === value)

/** What a joined value is, to the methods. With XFCC it is a list, whose last element counts. */
const JOINED: readonly ReasonCode[] = [
  'request.duplicate-authorization',
  'api-key.malformed',
  'dpop.malformed',
  'mtls.forwarded-malformed',
  'mtls.identity-unmapped',
]

function joinedReasons({ headers }: Attack): readonly ReasonCode[] {
  const twice = new Set(headers.map(([name]) => name.toLowerCase())).size < headers.length
  const comma = headers.some(([, value]) => value.includes(','))
  return twice || comma ? JOINED : []
}

/** Sends an attack, and asserts what holds for all: refused, unserved, and nothing told. */
async function play({ app, records }: Fort, attack: Attack): Promise<WireAnswer | undefined> {
  if (attack.captured === true) await assertAccepted({ app, records }, attack)
  const [calls, decisions] = [app.calls.length, records.length]
  const answer = await ask(app, overProxy(attack))
  assert.equal(app.calls.length, calls, `${attack.name}: the handler ran`)
  if (answer === undefined) return undefined
  assert(answer.status >= 400 && answer.status < 500, `${attack.name}: ${answer.status}`)
  const told = answer.raw + JSON.stringify(records.slice(decisions))
  for (const part of secretParts(attack)) {
    assert(!told.includes(part), `${attack.name}: a secret comes back`)
  }
  return answer
}

/** Says what is signed and by whom, and holds no credential: a refusal names these too. */
const PUBLIC_FIELDS: readonly string[] = ['signature-input', 'signature-agent', 'content-digest']

/** Everything of the credentials that is long enough to be one; a challenge names its scheme. */
const secretParts = ({ headers, target = '' }: Attack): readonly string[] =>
  [
    ...headers
      .filter(([name]) => !PUBLIC_FIELDS.includes(name.toLowerCase()))
      .map(([, value]) => value),
    target.slice(target.indexOf('?') + 1),
  ]
    .flatMap((text) => text.split(/[\s,="]+/))
    .filter((part) => part.length >= 12 && part !== 'AWS4-HMAC-SHA256')

/** What is sent of an attack, or of a request that is none. */
type Sent = Pick<RequestParts, 'method' | 'authority' | 'target' | 'scheme' | 'headers' | 'body'>

function overProxy(sent: Sent): WireRequest {
  const { method = 'GET', target = '/', scheme = 'https', headers = [], authority, body } = sent
  const query = target.includes('?') ? target.slice(target.indexOf('?')) : ''
  return {
    method,
    target: `/orders${query}`,
    headers: [...headers, ['X-Forwarded-Proto', scheme] as const],
    ...(authority === undefined ? {} : { authority }),
    ...(body === undefined ? {} : { body }),
  }
}

async function assertAccepted({ app, records }: Fort, sent: Sent): Promise<void> {
  const answer = await ask(app, overProxy(sent))
  assert.equal(answer?.status, 200, `${answer?.status} ${records.at(-1)?.reason}`)
}

function assertAnswer(answer: WireAnswer, code: ReasonCode, name: string): void {
  const { status, wire } = reasonOf(code)
  assert.equal(answer.status, status, name)
  assert.match(fieldValues(answer, 'content-type').join(), /^application\/problem\+json/, name)
  assert.equal(JSON.parse(answer.body).code, wire, name)
  const challenged = fieldValues(answer, 'www-authenticate').length > 0
  assert.equal(challenged, status === 401 || status === 400, `${name}: challenges`)
}

async function compareTwins(serve: Serve): Promise<void> {
  const [attacked] = await attackedMethods()
  assert(attacked !== undefined)
  await withFort({ serve, methods: [attacked.method] }, async (fort) => {
    const bytesOf = async (name: string): Promise<string> => {
      const attack = attacked.attacks.find((row) => row.name === name)
      assert(attack !== undefined)
      const answer = await play(fort, attack)
      assert(answer !== undefined)
      const { decisionId } = JSON.parse(answer.body)
      return answer.raw.replaceAll(decisionId, 'dec').replace(/^date:.*$/im, 'date')
    }
    const unknown = await bytesOf('unknown key')
    assert.equal(unknown, await bytesOf('wrong secret, CRC repaired'))
    assert.equal(unknown, await bytesOf('revoked'))
  })
}
