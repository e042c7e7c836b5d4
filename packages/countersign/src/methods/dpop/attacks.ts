import { encodeBytes } from '#crypto'
import type { Attack } from '../../core/attack.ts'
import type { ReasonCode } from '../../core/reasons.ts'
import {
  proofForger,
  type DpopAttackMaterial,
  type ProofForger,
  type ProofForgery,
} from './forge.ts'

export type { DpopAttackMaterial } from './forge.ts'

/** One row: what is tried, what must be answered, what is forged. */
type Row = readonly [name: string, reason: ReasonCode, forgery: ProofForgery]

const REQUIREMENT = 'SR-038'

/**
 * Attacks on a resource that takes tokens of one method bound by DPoP, without nonces. Every one
 * must be refused with its reason, over HTTP and below it; none may reach a handler.
 */
export async function dpopAttacks(material: DpopAttackMaterial): Promise<readonly Attack[]> {
  const forge = await proofForger(material)
  const rows = [
    ...formRows(forge),
    ...algorithmRows(forge),
    ...keyRows(forge),
    ...signatureRows(forge),
    ...claimRows(forge),
    ...targetRows(forge),
    ...timeRows(forge),
    ...(await tokenRows(forge)),
  ]
  const forged = rows.map(async ([name, reason, forgery]) =>
    attack(material, { name, reason, proofs: [await forge.proof(forgery)] }),
  )
  return [
    ...(await Promise.all(forged)),
    ...(await fieldAttacks(forge)),
    ...(await useAttacks(forge)),
  ]
}

/** What is special about an attack. */
interface Special extends Pick<Attack, 'name' | 'reason' | 'captured' | 'requirement'> {
  readonly proofs: readonly string[]
  /** @defaultValue the client's token in the DPoP scheme */
  readonly authorization?: string
}

function attack({ url, accessToken }: DpopAttackMaterial, special: Special): Attack {
  const { proofs, authorization = `DPoP ${accessToken}`, ...named } = special
  const { host, pathname, protocol } = new URL(url)
  return {
    requirement: REQUIREMENT,
    ...named,
    authority: host,
    target: `${pathname}?page=1`,
    scheme: protocol === 'https:' ? 'https' : 'http',
    headers: [['authorization', authorization], ...proofs.map((proof) => ['dpop', proof] as const)],
  }
}

const header = (members: Readonly<Record<string, unknown>>): ProofForgery => ({ header: members })
const claims = (members: Readonly<Record<string, unknown>>): ProofForgery => ({ claims: members })
const twice = (members: object, member: string): string =>
  JSON.stringify(members).replace('{', `{${member},`)

function formRows(forge: ProofForger): readonly Row[] {
  const wrongType = 'dpop.type-mismatch'
  const malformed = 'dpop.malformed'
  return [
    ['typ missing', wrongType, header({ typ: undefined })],
    ['typ JWT', wrongType, header({ typ: 'JWT' })],
    ['typ of an access token', wrongType, header({ typ: 'at+jwt' })],
    ['typ in another case', wrongType, header({ typ: 'DPOP+JWT' })],
    ['typ with a prefix', wrongType, header({ typ: 'x-dpop+jwt' })],
    ['typ is a list', malformed, header({ typ: ['dpop+jwt'] })],
    ['header is no object', malformed, { header: '[]' }],
    ['header is no JSON', malformed, { header: '{' }],
    ['crit extension', malformed, header({ crit: ['exp'], exp: 1 })],
    ['unencoded payload', malformed, header({ b64: false })],
    ['jwk twice', malformed, { header: twice(forge.header, '"jwk":{}') }],
  ]
}

function algorithmRows({ confused }: ProofForger): readonly Row[] {
  const denied = 'dpop.algorithm-denied'
  return [
    ['alg none', denied, { header: { alg: 'none' }, signature: '' }],
    ['alg NONE', denied, { header: { alg: 'NONE' } }],
    ['alg in lower case', denied, header({ alg: 'es256' })],
    ['alg __proto__', denied, header({ alg: '__proto__' })],
    ['alg that is not allowed', denied, header({ alg: 'RS256' })],
    ['alg of a MAC', denied, { header: { alg: 'HS256' }, signWith: confused }],
    [
      'alg of a MAC, secret embedded',
      denied,
      { header: { alg: 'HS256', jwk: { kty: 'oct', k: 'AAAA' } } },
    ],
    ['alg missing', 'dpop.malformed', header({ alg: undefined })],
    ['alg is a list', 'dpop.malformed', header({ alg: ['ES256'] })],
  ]
}

function keyRows({ jwk, material }: ProofForger): readonly Row[] {
  const bad = 'dpop.key-invalid'
  const key = (change: object): ProofForgery => header({ jwk: { ...jwk, ...change } })
  const zero = encodeBytes(new Uint8Array(32))
  return [
    ['jwk missing', bad, header({ jwk: undefined })],
    ['jwk is a text', bad, header({ jwk: JSON.stringify(jwk) })],
    ['jwk is null', bad, header({ jwk: null })],
    ['kid instead of jwk', bad, header({ jwk: undefined, kid: 'key_1' })],
    ['jku instead of jwk', bad, header({ jwk: undefined, jku: 'https://attacker.example/jwks' })],
    ['private key in the open', bad, header({ jwk: { ...material.privateJwk } })],
    ['private member that is empty', bad, key({ d: '' })],
    ['symmetric member beside', bad, key({ k: 'AAAA' })],
    ['symmetric key', bad, header({ jwk: { kty: 'oct', k: 'AAAA' } })],
    ['key type __proto__', bad, key({ kty: '__proto__' })],
    ['key of another curve', bad, key({ crv: 'P-384' })],
    ['key of another type', bad, header({ jwk: { kty: 'OKP', crv: 'Ed25519', x: zero } })],
    ['point that is not on the curve', bad, key({ x: zero, y: zero })],
    ['coordinate missing', bad, key({ y: undefined })],
    ['coordinate is a number', bad, key({ y: 1 })],
    ['key for another algorithm', bad, key({ alg: 'ES384' })],
    ['key for encryption', bad, key({ use: 'enc' })],
    ['key that may not verify', bad, key({ key_ops: ['sign'] })],
  ]
}

function signatureRows({ rogue, claims: own }: ProofForger): readonly Row[] {
  const bad = 'dpop.signature-invalid'
  return [
    ["signed by another key under the client's", bad, { signWith: rogue }],
    ['stripped signature', bad, { signature: '' }],
    // CVE-2022-21449.
    ['zero signature', bad, { signature: encodeBytes(new Uint8Array(64)) }],
    ['signature of one byte', bad, { signature: 'AA' }],
    ['signature that is text', bad, { signature: 'not a signature' }],
    ['claims are no object', 'dpop.claims-invalid', { claims: '[]' }],
    ['claims are no JSON', 'dpop.claims-invalid', { claims: 'jti' }],
    ['htm twice', 'dpop.claims-invalid', { claims: twice({ jti: 'j', ...own }, '"htm":"GET"') }],
  ]
}

function claimRows({ claims: own }: ProofForger): readonly Row[] {
  const bad = 'dpop.claims-invalid'
  const missing = ['jti', 'htm', 'htu', 'iat'].map(
    (name): Row => [`${name} missing`, bad, claims({ [name]: undefined })],
  )
  const endless = JSON.stringify({ jti: 'j', ...own, iat: 0 }).replace('"iat":0', '"iat":1e999')
  return [
    ...missing,
    ['jti empty', bad, claims({ jti: '' })],
    ['jti is a number', bad, claims({ jti: 1 })],
    ['jti of 257 characters', bad, claims({ jti: 'j'.repeat(257) })],
    ['htm is a list', bad, claims({ htm: ['GET'] })],
    ['htu is a list', bad, claims({ htu: [own['htu']] })],
    ['iat is a text', bad, claims({ iat: String(own['iat']) })],
    ['iat beyond all numbers', bad, { claims: endless }],
    ['ath is a number', bad, claims({ ath: 1 })],
    ['nonce is a number', bad, claims({ nonce: 1 })],
  ]
}

function targetRows({ material }: ProofForger): readonly Row[] {
  const elsewhere = 'dpop.url-mismatch'
  const { protocol, host, pathname } = new URL(material.url)
  const other = protocol === 'https:' ? 'http' : 'https'
  const urls: readonly (readonly [name: string, htu: string])[] = [
    ['another path', `${protocol}//${host}/elsewhere`],
    ['a path below', `${protocol}//${host}${pathname.replace(/\/$/, '')}/below`],
    ['a path with a dot segment', `${protocol}//${host}/x/..${pathname}`],
    ['a path that goes on encoded', `${protocol}//${host}${pathname}%2f`],
    ['another scheme', `${other}://${host}${pathname}`],
    ['another host', `${protocol}//attacker.example${pathname}`],
    ['a host that only begins right', `${protocol}//${host}.attacker.example${pathname}`],
    ['a host as user information', `${protocol}//${host}@attacker.example${pathname}`],
    ['user information before the host', `${protocol}//user@${host}${pathname}`],
    ['another port', `${protocol}//${new URL(material.url).hostname}:4443${pathname}`],
    ['no scheme', `//${host}${pathname}`],
    ['no host', pathname],
    ['a backslash', `${protocol}\\\\${host}${pathname}`],
    ['a space before', ` ${material.url}`],
    ['a line break after', `${material.url}\n`],
    ['nothing', ''],
  ]
  return [
    ['htm of another method', 'dpop.method-mismatch', claims({ htm: 'POST' })],
    ['htm in lower case', 'dpop.method-mismatch', claims({ htm: 'get' })],
    ...urls.map(([name, htu]): Row => [`htu: ${name}`, elsewhere, claims({ htu })]),
  ]
}

function timeRows({ material }: ProofForger): readonly Row[] {
  const { now, maxAgeSeconds, clockToleranceSeconds } = material
  const oldest = now - maxAgeSeconds - clockToleranceSeconds
  return [
    ['one second too old', 'dpop.clock-skew', claims({ iat: oldest - 1 })],
    ['from the first day', 'dpop.clock-skew', claims({ iat: 0 })],
    ['one second too early', 'dpop.clock-skew', claims({ iat: now + clockToleranceSeconds + 1 })],
    ['in milliseconds', 'dpop.clock-skew', claims({ iat: now * 1000 })],
  ]
}

async function tokenRows({ material, ath, rogue }: ProofForger): Promise<readonly Row[]> {
  const bad = 'dpop.token-mismatch'
  const digest = await ath(material.accessToken)
  const { kty, crv, x, y } = { ...rogue.publicJwk }
  return [
    ['ath missing', bad, claims({ ath: undefined })],
    ['ath empty', bad, claims({ ath: '' })],
    ['ath of another token', bad, claims({ ath: await ath(material.otherToken) })],
    ['ath is the token itself', bad, claims({ ath: material.accessToken })],
    ['ath cut short', bad, claims({ ath: digest.slice(0, 22) })],
    ['ath with padding', bad, claims({ ath: `${digest}=` })],
    [
      'stolen token, proof by the key of the thief',
      material.bindingReason,
      { header: { jwk: { kty, crv, x, y } }, signWith: rogue },
    ],
  ]
}

/** What is wrong with the field rather than with what is in it. */
async function fieldAttacks({ material, proof }: ProofForger): Promise<readonly Attack[]> {
  const missing = 'dpop.proof-missing'
  const repeated = 'dpop.proof-repeated'
  const malformed = 'dpop.malformed'
  const good = await proof()
  const [head = '', body = '', tail = ''] = good.split('.')
  const rows: readonly (readonly [string, ReasonCode, readonly string[]])[] = [
    ['no proof', missing, []],
    ['empty proof', missing, ['']],
    ['two proofs', repeated, [good, await proof()]],
    ['the same proof twice', repeated, [good, good]],
    ['a good proof after a bad one', repeated, ['x', good]],
    ['two proofs in one field', malformed, [`${good}, ${await proof()}`]],
    ['proof of one part', malformed, [head]],
    ['proof of two parts', malformed, [`${head}.${body}`]],
    ['proof of four parts', malformed, [`${good}.x`]],
    ['encrypted proof', malformed, [`${head}.${body}.${tail}.x.x`]],
    ['padded header', malformed, [`${head}=.${body}.${tail}`]],
    ['quoted proof', malformed, [`"${good}"`]],
    ['JSON serialization', malformed, [JSON.stringify({ protected: head, payload: body })]],
    ['padded signature', 'dpop.signature-invalid', [`${good}=`]],
    ['proof of 9000 characters', 'dpop.too-large', [`${good}${'A'.repeat(9000)}`]],
  ]
  return rows.map(([name, reason, proofs]) => attack(material, { name, reason, proofs }))
}

/** Good proofs, and good tokens, used wrongly. */
async function useAttacks({ material, proof, ath }: ProofForger): Promise<readonly Attack[]> {
  const { accessToken, unboundToken, bindingReason: reason } = material
  const bearer = { reason, authorization: `Bearer ${accessToken}` }
  return [
    attack(material, { ...bearer, name: 'bound token as Bearer', proofs: [] }),
    attack(material, {
      ...bearer,
      name: 'bound token as Bearer beside a good proof',
      proofs: [await proof()],
    }),
    attack(material, {
      name: 'token bound to nothing',
      reason,
      authorization: `DPoP ${unboundToken}`,
      proofs: [await proof(claims({ ath: await ath(unboundToken) }))],
    }),
    attack(material, {
      name: 'captured',
      requirement: 'SR-106',
      reason: 'dpop.replayed',
      proofs: [await proof()],
      captured: true,
    }),
  ]
}
