/** For each method a guard, its attack table, and a request that the guard accepts. */
import type { Attack } from '../core/attack.ts'
import type { MaybePromise } from '../core/maybe.ts'
import { memoryReplay } from '../core/memory-replay.ts'
import type { Method } from '../core/method.ts'
import { Secret } from '../core/secret.ts'
import { apiKeyAttacks, apiKeyRawAttacks } from '../methods/api-key/attacks.ts'
import { apiKey } from '../methods/api-key/verify.ts'
import { basicAttacks, basicRawAttacks } from '../methods/basic/attacks.ts'
import { basic } from '../methods/basic/verify.ts'
import { dpopAttacks } from '../methods/dpop/attacks.ts'
import { jwtAttacks } from '../methods/jwt/attacks.ts'
import { jwt } from '../methods/jwt/verify.ts'
import { ATTACK_DIALECTS } from '../methods/mtls/attacks-dialects.ts'
import { mtlsAttacks } from '../methods/mtls/attacks.ts'
import { opaqueAttacks, opaqueRawAttacks } from '../methods/opaque/attacks.ts'
import { opaque } from '../methods/opaque/verify.ts'
import { githubAttacks, standardWebhookAttacks, stripeAttacks } from '../methods/webhook/attacks.ts'
import type { WebhookFormat } from '../methods/webhook/format.ts'
import { github } from '../methods/webhook/github.ts'
import {
  mintWebhookSecret,
  signGithub,
  signStandardWebhook,
  signStripe,
  type WebhookFields,
} from '../methods/webhook/sign.ts'
import { standardWebhooks } from '../methods/webhook/standard-webhooks.ts'
import { stripe } from '../methods/webhook/stripe.ts'
import { webhook } from '../methods/webhook/verify.ts'
import { ATTACK_NOW, type AttackedMethod } from './attacked-method.ts'
import { testDpop } from './dpop-desk.ts'
import { testSigning } from './http-signature-desk.ts'
import { testIssuer } from './mint-jwt.ts'
import { mint } from './mint.ts'
import { TEST_PROOF, testMtls, testProxy } from './mtls-desk.ts'
import type { RequestParts } from './request.ts'
import { testSigV4 } from './sigv4-desk.ts'
import { attackedWebBotAuth } from './web-bot-auth-desk.ts'

/** Every method, made anew: counters of failures do not carry over from one server to the next. */
export const attackedMethods = async (): Promise<readonly AttackedMethod[]> => [
  await attackedApiKey(),
  await attackedOpaque(),
  attackedBasic(),
  await attackedJwt(),
  await attackedDpop(),
  // Before the general one: it takes the signed requests that name an agent.
  await attackedWebBotAuth(ATTACK_NOW),
  await attackedSigning(),
  await attackedSigV4(),
  ...(await attackedWebhooks()),
  ...(await attackedMtls()),
]

async function attackedApiKey(): Promise<AttackedMethod> {
  const now = ATTACK_NOW
  const good = await mint.apiKey({ now })
  const revoked = await mint.apiKey({ now, broken: 'revoked' })
  const expired = await mint.apiKey({ now, broken: 'expired' })
  const notYetValid = await mint.apiKey({ now, broken: 'not-yet-valid' })
  const elsewhere = await mint.apiKey({ record: { networks: ['203.0.113.0/24'] } })
  const all = [good, revoked, expired, notYetValid, elsewhere]
  const source = mint.apiKeySource(all.map(({ record }) => record))
  const material = {
    key: new Secret(good.key),
    digest: good.record.digest,
    revoked: new Secret(revoked.key),
    expired: new Secret(expired.key),
    notYetValid: new Secret(notYetValid.key),
    elsewhere: new Secret(elsewhere.key),
  }
  return {
    method: apiKey({ brand: 'test', environment: 'live', source }),
    accept: () => ({ headers: [['X-API-Key', good.key]] }),
    attacks: apiKeyAttacks(material),
    rawAttacks: apiKeyRawAttacks(material),
  }
}

async function attackedOpaque(): Promise<AttackedMethod> {
  const now = ATTACK_NOW
  const audience = 'https://api.example.test'
  const good = await mint.opaque({ now })
  const refresh = await mint.opaque({ now, kind: 'refresh' })
  const revoked = await mint.opaque({ now, broken: 'revoked' })
  const expired = await mint.opaque({ now, broken: 'expired' })
  const other = await mint.opaque({ now, record: { audiences: [`${audience}/admin`] } })
  const bound = await mint.opaque({ now, record: { confirmation: { jkt: 'thumbprint' } } })
  const all = [good, refresh, revoked, expired, other, bound]
  const source = mint.opaqueSource(all.map(({ record }) => record))
  const material = {
    token: new Secret(good.token),
    digest: good.record.digest,
    refreshToken: new Secret(refresh.token),
    revoked: new Secret(revoked.token),
    expired: new Secret(expired.token),
    otherAudience: new Secret(other.token),
    bound: new Secret(bound.token),
  }
  return {
    method: opaque({ brand: 'test', audience, source }),
    accept: () => ({ headers: [['Authorization', `Bearer ${good.token}`]] }),
    attacks: opaqueAttacks(material),
    rawAttacks: opaqueRawAttacks(material),
  }
}

async function attackedJwt(): Promise<AttackedMethod> {
  const maxLifetimeSeconds = 900
  const issuer = await testIssuer({ now: () => ATTACK_NOW })
  return {
    method: jwt({ ...issuer.options, maxLifetimeSeconds }),
    accept: async () => ({ headers: [['Authorization', `Bearer ${await issuer.mint()}`]] }),
    attacks: await jwtAttacks({ ...issuer, now: ATTACK_NOW, maxLifetimeSeconds }),
    rawAttacks: [],
  }
}

function attackedBasic(): AttackedMethod {
  const { username, password, headers, source } = mint.basic()
  const material = { username, password: new Secret(password) }
  return {
    method: basic({ source }),
    accept: () => ({ headers: [['Authorization', headers.authorization]] }),
    attacks: basicAttacks(material),
    rawAttacks: basicRawAttacks(material),
  }
}

async function attackedDpop(): Promise<AttackedMethod> {
  const desk = await testDpop(ATTACK_NOW)
  const attacks = await dpopAttacks(desk.material)
  return { method: desk.method(), accept: () => desk.request(), attacks, rawAttacks: [] }
}

async function attackedSigV4(): Promise<AttackedMethod> {
  const { method, accept, attacks } = testSigV4(ATTACK_NOW)
  return { method: method(), accept, attacks: await attacks(), rawAttacks: [] }
}

async function attackedSigning(): Promise<AttackedMethod> {
  const signing = await testSigning(ATTACK_NOW)
  const accept = (): Promise<RequestParts> => signing.sign({ method: 'POST', body: '{"pay":1}' })
  return { method: signing.method(), accept, attacks: await signing.attacks(), rawAttacks: [] }
}

async function attackedWebhooks(): Promise<readonly AttackedMethod[]> {
  const key = mintWebhookSecret()
  const material = { key, now: ATTACK_NOW, maxAgeSeconds: 300, clockToleranceSeconds: 5 }
  const secrets = [key]
  let sent = 0
  const attacked = (
    format: WebhookFormat,
    attacks: readonly Attack[],
    sign: (body: string) => MaybePromise<WebhookFields>,
  ): AttackedMethod => ({
    method: acceptWebhooks(format),
    accept: async () => {
      const body = `{"delivery":${(sent += 1)}}`
      return { method: 'POST', headers: Object.entries(await sign(body)), body }
    },
    attacks,
    rawAttacks: [],
  })
  const timestamp = ATTACK_NOW
  return [
    attacked(standardWebhooks({ secrets }), await standardWebhookAttacks(material), (body) =>
      signStandardWebhook({ keys: secrets, id: `msg_${sent}`, timestamp, body }),
    ),
    attacked(stripe({ secrets }), await stripeAttacks(material), (body) =>
      signStripe({ secrets, timestamp, body }),
    ),
    attacked(github({ secrets }), await githubAttacks(material), (body) => signGithub(key, body)),
  ]
}

const DIALECTS = ['rfc9440', 'envoy', 'nginx', 'haproxy'] as const

/** Behind a proxy with a proof, in every dialect. What arrives by TLS is played over TLS. */
async function attackedMtls(): Promise<readonly AttackedMethod[]> {
  const { method, material } = await testMtls(ATTACK_NOW)
  return DIALECTS.map((dialect) => ({
    method: method(testProxy(dialect)),
    accept: () => ({ headers: [TEST_PROOF, ...ATTACK_DIALECTS[dialect].carry(material.good)] }),
    attacks: mtlsAttacks(material, dialect),
    rawAttacks: [],
    alone: dialect !== 'rfc9440',
  }))
}

/** Its memory begins an hour before the attacks. */
const acceptWebhooks = (format: WebhookFormat): Method =>
  webhook({
    format,
    sender: { id: format.name },
    replay: memoryReplay({ clock: () => (ATTACK_NOW - 3600) * 1000 }),
  })
