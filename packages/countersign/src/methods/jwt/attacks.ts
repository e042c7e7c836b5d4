import { encodeBase64url, encodeBytes } from '#crypto'
import type { Attack } from '../../core/attack.ts'
import { DEFAULTS } from '../../core/defaults.ts'
import type { ReasonCode } from '../../core/reasons.ts'
import { forger, type Forger, type Forgery, type JwtAttackMaterial } from './forge.ts'

export type { JwtAttackMaterial } from './forge.ts'

/** One row: what is tried, what must be answered, what is forged. */
type Row = readonly [name: string, reason: ReasonCode, forgery: Forgery]

/**
 * Attacks on an API that accepts access tokens of one issuer. Every one must be refused with its
 * reason, over HTTP and below it; none may reach a handler.
 */
export async function jwtAttacks(material: JwtAttackMaterial): Promise<readonly Attack[]> {
  const forge = await forger(material)
  const groups: readonly (readonly [requirement: string, rows: readonly Row[]])[] = [
    ['SR-041', algorithmRows(forge)],
    ['SR-044', keyRows(forge)],
    ['SR-042', signatureRows(forge)],
    ['SR-043', formRows(forge)],
    ['SR-046', kindRows()],
    ['SR-047', placeRows(forge)],
    ['SR-048', timeRows(forge)],
    ['SR-049', claimRows()],
  ]
  const attacks = groups.map(([requirement, rows]) =>
    rows.map(async ([name, reason, forgery]) =>
      bearer({ name, requirement, reason }, await forge.token(forgery)),
    ),
  )
  return [...(await Promise.all(attacks.flat())), ...(await textRows(forge))]
}

const bearer = (attack: Omit<Attack, 'headers'>, token: string): Attack => ({
  ...attack,
  headers: [['authorization', `Bearer ${token}`]],
})

/** Shorthands for the rows below. */
const none = (alg: string): Row => [
  `alg ${alg}`,
  'jwt.algorithm-denied',
  { header: { alg }, signature: '' },
]
const without = (claim: string): Row => [
  `${claim} missing`,
  'jwt.claim-missing',
  { claims: { [claim]: undefined } },
]
const typ = (value: unknown): Forgery => ({ header: { typ: value } })
const iss = (value: unknown): Forgery => ({ claims: { iss: value } })
const aud = (value: unknown): Forgery => ({ claims: { aud: value } })
const bound = (cnf: object): Forgery => ({ claims: { cnf } })
const twice = (members: object, member: string): string =>
  JSON.stringify(members).replace('{', `{${member},`)

function algorithmRows({ confused, rogue, header }: Forger): readonly Row[] {
  const denied = 'jwt.algorithm-denied'
  return [
    ...['none', 'None', 'NONE', 'nOnE', ''].map(none),
    ['alg none, signature kept', denied, { header: { alg: 'none' } }],
    ['alg in lower case', denied, { header: { alg: String(header['alg']).toLowerCase() } }],
    ['alg __proto__', denied, { header: { alg: '__proto__' } }],
    ['alg constructor', denied, { header: { alg: 'constructor' } }],
    ['alg is a list', 'jwt.malformed', { header: { alg: [header['alg'], 'none'] } }],
    ['alg missing', 'jwt.malformed', { header: { alg: undefined } }],
    ['public key as HMAC secret', denied, { header: { alg: 'HS256' }, signWith: confused }],
    ['empty HMAC secret by kid', denied, { header: { alg: 'HS256', kid: '../../../dev/null' } }],
    ['another algorithm of the key type', denied, { header: { alg: 'RS1' }, signWith: rogue }],
  ]
}

function keyRows({ rogue }: Forger): readonly Row[] {
  const unknown = 'jwt.key-unknown'
  const bad = 'jwt.signature-invalid'
  const kid = (text: string): Forgery => ({ header: { kid: text }, signWith: rogue })
  const header = (members: Readonly<Record<string, unknown>>): Forgery => ({
    header: members,
    signWith: rogue,
  })
  return [
    ['key of the attacker under the right kid', bad, { signWith: rogue }],
    ['kid as a path', unknown, kid('../../../../etc/passwd')],
    ['kid as SQL', unknown, kid("x' UNION SELECT 'c2VjcmV0' --")],
    ['kid as a command', unknown, kid('$(id)|/bin/sh')],
    ['kid __proto__', unknown, kid('__proto__')],
    ['kid empty', unknown, kid('')],
    ['kid is a number', 'jwt.malformed', header({ kid: 1 })],
    ['embedded jwk', bad, header({ jwk: rogue.publicJwk })],
    ['jku of the attacker', bad, header({ jku: 'https://attacker.example/jwks' })],
    ['jku of a metadata service', bad, header({ jku: 'http://169.254.169.254/' })],
    ['x5u of the attacker', bad, header({ x5u: 'https://attacker.example/cert' })],
    ['embedded x5c', bad, header({ x5c: ['MIIB'] })],
  ]
}

function signatureRows({ material, claims }: Forger): readonly Row[] {
  const bad = 'jwt.signature-invalid'
  const { algorithm } = material.key
  const bytes = algorithm.order === undefined ? 64 : algorithm.order.length
  return [
    ['stripped signature', bad, { signature: '' }],
    // CVE-2022-21449: r = s = 0 satisfied the equation of a whole runtime.
    ['zero signature', bad, { signature: encodeBytes(new Uint8Array(bytes)) }],
    ['signature of ones', bad, { signature: encodeBytes(new Uint8Array(bytes).fill(0xff)) }],
    ['signature of one byte', bad, { signature: 'AA' }],
    ['signature that is text', 'jwt.not-canonical', { signature: 'not a signature' }],
    ['crit extension', 'jwt.critical-header', { header: { crit: ['exp'], exp: claims['exp'] } }],
    ['empty crit', 'jwt.critical-header', { header: { crit: [] } }],
    ['unencoded payload', 'jwt.critical-header', { header: { b64: false } }],
  ]
}

function formRows({ header, claims }: Forger): readonly Row[] {
  const nested = JSON.stringify(claims).replace('}', `,"x":${'['.repeat(40)}${']'.repeat(40)}}`)
  const escaped = String.raw`"\u0061lg":"none"`
  return [
    ['alg twice', 'jwt.duplicate-member', { header: twice(header, '"alg":"none"') }],
    ['alg twice, once escaped', 'jwt.duplicate-member', { header: twice(header, escaped) }],
    ['sub twice', 'jwt.duplicate-member', { claims: twice(claims, '"sub":"admin"') }],
    [
      'duplicate inside a claim',
      'jwt.duplicate-member',
      { claims: twice(claims, '"act":{"sub":"a","sub":"b"}') },
    ],
    ['header is no object', 'jwt.malformed', { header: '["alg"]' }],
    ['header is no JSON', 'jwt.malformed', { header: 'alg=none' }],
    ['header behind __proto__', 'jwt.malformed', { header: '{"__proto__":{"alg":"none"}}' }],
    ['payload is a list', 'jwt.payload-invalid', { claims: '[]' }],
    ['payload is no JSON', 'jwt.payload-invalid', { claims: 'sub=admin' }],
    ['payload is empty', 'jwt.payload-invalid', { claims: '' }],
    ['payload nested deeply', 'jwt.payload-invalid', { claims: nested }],
    ['payload after a byte order mark', 'jwt.payload-invalid', { claims: '\ufeff{}' }],
  ]
}

function kindRows(): readonly Row[] {
  return [
    ['ID token as access token', 'jwt.type-mismatch', { ...typ('JWT'), claims: { nonce: 'n' } }],
    ['logout token as access token', 'jwt.type-mismatch', typ('logout+jwt')],
    ['DPoP proof as access token', 'jwt.type-mismatch', typ('dpop+jwt')],
    ['type missing', 'jwt.type-mismatch', typ(undefined)],
    ['type with a suffix', 'jwt.type-mismatch', typ('at+jwt+evil')],
    ['type is a list', 'jwt.malformed', typ(['at+jwt'])],
  ]
}

function placeRows({ material, rogue }: Forger): readonly Row[] {
  const { issuer, audience } = material
  const elsewhere = 'jwt.issuer-mismatch'
  const other = 'jwt.audience-mismatch'
  return [
    ['wrong issuer', elsewhere, iss('https://attacker.example')],
    [
      'issuer of an attacker, signed well',
      elsewhere,
      { ...iss('https://a.example'), signWith: rogue },
    ],
    ['issuer with a slash', elsewhere, iss(`${issuer}/`)],
    ['issuer in upper case', elsewhere, iss(issuer.toUpperCase())],
    ["other tenant's issuer", elsewhere, iss(`${issuer}/t/other`)],
    ['issuer is a list', elsewhere, iss([issuer])],
    ['issuer missing', 'jwt.claim-missing', iss(undefined)],
    ['wrong audience', other, aud('https://other.example')],
    ['audience as prefix', other, aud(`${audience}.attacker.example`)],
    ['audience cut short', other, aud(audience.slice(0, -1))],
    ['audience with a slash', other, aud(`${audience}/`)],
    ['audience in upper case', other, aud(audience.toUpperCase())],
    ['audience inside a text', other, aud(`https://x.example ${audience}`)],
    ['no audience in the list', other, aud([])],
    ['audience is an object', 'jwt.payload-invalid', aud({ 0: audience, length: 1 })],
    ['audience missing', 'jwt.claim-missing', aud(undefined)],
  ]
}

function timeRows({ material, claims }: Forger): readonly Row[] {
  const { now, maxLifetimeSeconds: longest } = material
  const year = 365 * 86_400
  const forEver = JSON.stringify(claims).replace(/"exp":\d+/, '"exp":1e999')
  return [
    ['expired', 'jwt.expired', { claims: { iat: now - 400, exp: now - 301 } }],
    ['expired in the past century', 'jwt.expired', { claims: { exp: -1 } }],
    ['not valid yet', 'jwt.not-yet-valid', { claims: { nbf: now + 301 } }],
    ['issued in the future', 'jwt.not-yet-valid', { claims: { iat: now + 301, exp: now + 400 } }],
    ['exp missing', 'jwt.claim-missing', { claims: { exp: undefined } }],
    ['exp is a text', 'jwt.payload-invalid', { claims: { exp: String(now + 60) } }],
    ['exp is null', 'jwt.payload-invalid', { claims: { exp: null } }],
    ['exp beyond numbers', 'jwt.payload-invalid', { claims: forEver }],
    ['nbf is a text', 'jwt.payload-invalid', { claims: { nbf: '0' } }],
    ...(longest === undefined
      ? []
      : ([
          ['a year long', 'jwt.lifetime-exceeded', { claims: { exp: now + year } }],
          ['a second too long', 'jwt.lifetime-exceeded', { claims: { exp: now + longest + 1 } }],
        ] as const)),
  ]
}

function claimRows(): readonly Row[] {
  const invalid = 'jwt.payload-invalid'
  return [
    ...['sub', 'client_id', 'iat', 'jti'].map(without),
    ['sub is empty', 'jwt.claim-missing', { claims: { sub: '' } }],
    ['sub is an object', invalid, { claims: { sub: { admin: true } } }],
    ['scope is a list', invalid, { claims: { scope: ['orders:*'] } }],
    ['act without a subject', invalid, { claims: { act: {} } }],
    ['cnf is a text', invalid, { claims: { cnf: 'none' } }],
    ['bound to a DPoP key', 'jwt.binding-unproven', bound({ jkt: 'k' })],
    ['bound to a certificate', 'jwt.binding-unproven', bound({ 'x5t#S256': 'c' })],
    ['bound to something unknown', 'jwt.binding-unproven', bound({})],
  ]
}

/** What is done to the text of a good token. */
async function textRows({ token, claims, material }: Forger): Promise<readonly Attack[]> {
  const good = await token()
  const [header = '', payload = '', signature = ''] = good.split('.')
  const admin = encodeBase64url(JSON.stringify({ ...claims, sub: 'admin' }))
  const size = (material.maxTokenBytes ?? DEFAULTS.maxTokenBytes) + 1
  const rows: readonly (readonly [string, ReasonCode, string])[] = [
    ['swapped payload', 'jwt.signature-invalid', `${header}.${admin}.${signature}`],
    ['two parts', 'jwt.malformed', `${header}.${payload}`],
    ['four parts', 'jwt.malformed', `${good}.`],
    ['three empty parts', 'jwt.malformed', '..'],
    ['encrypted', 'jwt.encrypted', `${header}.AA.AA.AA.AA`],
    ['six parts', 'jwt.malformed', `${good}.AA.AA.AA`],
    ['padded header', 'jwt.not-canonical', `${header}=.${payload}.${signature}`],
    ['padded payload', 'jwt.not-canonical', `${header}.${payload}==.${signature}`],
    ['padded signature', 'jwt.not-canonical', `${good}==`],
    ['white space in the header', 'jwt.not-canonical', ` ${header} .${payload}.${signature}`],
    ['white space in the payload', 'jwt.not-canonical', `${header}.\t${payload}.${signature}`],
    ['white space in the signature', 'jwt.not-canonical', `${header}.${payload}. ${signature}`],
    ['white space at the end', 'jwt.not-canonical', `${good} x`],
    // A signature whose bytes fill its last character has no unused bits.
    ...(signature.length % 4 === 0 ? [] : ([strayBits(good)] as const)),
    ['percent-encoded dots', 'jwt.malformed', good.replace('.', '%2e')],
    ['ill-formed UTF-8', 'jwt.malformed', `${encodeBytes(ILL_FORMED)}.${payload}.${signature}`],
    ['too large', 'jwt.too-large', `${header}.${'A'.repeat(size)}.${signature}`],
  ]
  const attacks = rows.map(([name, reason, text]) =>
    bearer({ name, requirement: 'SR-043', reason }, text),
  )
  const field = ['authorization', `Bearer ${good}`] as const
  return [
    ...attacks,
    { name: 'two tokens', headers: [field, field], reason: 'request.duplicate-authorization' },
    {
      name: 'token in the query',
      requirement: 'SR-028',
      target: `/?access_token=${good}`,
      headers: [],
      reason: 'request.credential-missing',
    },
  ]
}

/** `{"alg":"<0xff>"}`: a lenient decoder makes U+FFFD of it. */
const ILL_FORMED = Uint8Array.from([
  0x7b, 0x22, 0x61, 0x6c, 0x67, 0x22, 0x3a, 0x22, 0xff, 0x22, 0x7d,
])

/** The last character gets one of its unused bits set: lenient decoders read the same bytes. */
function strayBits(good: string): readonly [string, ReasonCode, string] {
  const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_'
  const last = alphabet.charAt(alphabet.indexOf(good.slice(-1)) ^ 1)
  return ['stray bits in the signature', 'jwt.not-canonical', good.slice(0, -1) + last]
}
