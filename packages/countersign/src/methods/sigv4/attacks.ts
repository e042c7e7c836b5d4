/** Attacks on an API that takes Signature Version 4. */
import type { Attack } from '../../core/attack.ts'
import type { Field } from '../../core/field.ts'
import { attack, drop, withField, type SignedParts } from './attack-edits.ts'
import {
  ATTACKED_PATH,
  signerOf,
  signParts,
  type SigV4AttackKey,
  type SigV4AttackMaterial,
} from './attack-parts.ts'
import { bodyAttacks } from './attacks-body.ts'
import { presignedAttacks } from './attacks-presigned.ts'

export type { SigV4AttackKey, SigV4AttackMaterial } from './attack-parts.ts'

/**
 * Attacks on requests that are signed in the header, presigned, or in chunks. Their path is
 * `/orders`.
 */
export async function sigv4Attacks(material: SigV4AttackMaterial): Promise<readonly Attack[]> {
  return [
    ...(await formAttacks(material)),
    ...(await scopeAttacks(material)),
    ...(await coverageAttacks(material)),
    ...(await forgeries(material)),
    ...(await stateAttacks(material)),
    ...(await bodyAttacks(material)),
    ...(await presignedAttacks(material)),
  ]
}

/** Attacks whose path matters: one signature, two readings of the target. */
export async function sigv4PathAttacks(material: SigV4AttackMaterial): Promise<readonly Attack[]> {
  const signed = await signParts(material)
  return [
    '/x/../orders',
    '/./orders',
    '//orders',
    '/x/%2e%2e/orders',
    '/x/.%2E/orders',
    '/%2e/orders',
    '/orders%',
    '/orders%zz',
    'https://api.example.test/orders',
    '*',
    '/orders\u0000',
    '/ördërs',
    '/orders#x',
  ].map((target) => attack(`target ${target}`, 'sigv4.target-ambiguous', { ...signed, target }))
}

const without = (parts: SignedParts, name: string): SignedParts => ({
  ...parts,
  headers: parts.headers.filter(([field]) => field !== name),
})

const plus = (parts: SignedParts, ...fields: readonly Field[]): SignedParts => ({
  ...parts,
  headers: [...parts.headers, ...fields],
})

const dateOf = ({ headers }: SignedParts): string =>
  headers.find(([name]) => name === 'x-amz-date')?.[1] ?? ''

function grammarAttacks(signed: SignedParts): readonly Attack[] {
  const rewritten = (name: string, change: (value: string) => string): Attack =>
    attack(name, 'sigv4.malformed', withField(signed, 'authorization', change))
  return [
    rewritten('no parameters', () => 'AWS4-HMAC-SHA256 x'),
    rewritten('a parameter missing', (value) => value.replace(/ SignedHeaders=[^,]+,/, '')),
    rewritten('a parameter twice', (value) => `${value}, Signature=${'0'.repeat(64)}`),
    rewritten('parameters in another order', (value) =>
      value.replace(/(SignedHeaders=\S+), (Signature=\S+)/, '$2, $1'),
    ),
    rewritten('signature in capitals', (value) =>
      value.replace(/[0-9a-f]{64}$/, (hex) => hex.toUpperCase().replace(/^./, 'A')),
    ),
    rewritten('signature cut short', (value) => value.slice(0, -1)),
    rewritten('signature and more', (value) => `${value}0`),
    rewritten('signed headers unsorted', (value) =>
      value.replace(/SignedHeaders=[^,]+/, 'SignedHeaders=x-amz-date;host'),
    ),
    rewritten('a signed header listed twice', (value) => value.replace('=host;', '=host;host;')),
    rewritten('signed headers in capitals', (value) => value.replace('=host;', '=Host;')),
    rewritten('an empty signed header', (value) => value.replace('=host;', '=;host;')),
    rewritten('scope cut short', (value) => value.replace('/aws4_request', '')),
    rewritten('another terminator', (value) => value.replace('aws4_request', 'aws5_request')),
    rewritten('an empty access key id', (value) =>
      value.replace(/Credential=[^/]+/, 'Credential='),
    ),
  ]
}

/** The same with so many signed headers listed, in order. */
const listing = (parts: SignedParts, count: number, prefix: string): SignedParts =>
  withField(parts, 'authorization', (value) => {
    const names = Array.from({ length: count }, (_, index) => `${prefix}${100 + index}`)
    return value.replace(/SignedHeaders=[^,]+/, `SignedHeaders=${names.join(';')}`)
  })

async function formAttacks(material: SigV4AttackMaterial): Promise<readonly Attack[]> {
  const signed = await signParts(material)
  const date = dateOf(signed)
  return [
    ...grammarAttacks(signed),
    attack('no X-Amz-Date', 'sigv4.malformed', without(signed, 'x-amz-date')),
    attack(
      'Date instead of X-Amz-Date',
      'sigv4.malformed',
      plus(without(signed, 'x-amz-date'), ['date', 'Tue, 14 Nov 2023 22:13:20 GMT']),
    ),
    attack('two X-Amz-Date', 'sigv4.malformed', plus(signed, ['x-amz-date', date])),
    attack('65 signed headers', 'sigv4.malformed', listing(signed, 65, 'x')),
    attack('signed headers of 9 KiB', 'sigv4.malformed', listing(signed, 60, 'x'.repeat(150))),
    attack(
      'two payload digests',
      'sigv4.malformed',
      plus(signed, ['x-amz-content-sha256', 'UNSIGNED-PAYLOAD']),
    ),
    attack(
      'a day that no calendar has',
      'sigv4.malformed',
      withField(signed, 'x-amz-date', () => '20231131T221320Z'),
    ),
    attack(
      'a payload literal that nobody knows',
      'sigv4.malformed',
      await signParts(material, {}, { payload: 'STREAMING-AWS4-ECDSA-P256-SHA256-PAYLOAD' }),
    ),
    ...targetAttacks(signed),
  ]
}

function targetAttacks(signed: SignedParts): readonly Attack[] {
  const date = dateOf(signed)
  return [
    attack('X-Amz-Date in the query, too', 'sigv4.mixed-forms', {
      ...signed,
      target: `${ATTACKED_PATH}?X-Amz-Date=${date}`,
    }),
    attack('a presigned query beside the header', 'sigv4.mixed-forms', {
      ...signed,
      target: `${ATTACKED_PATH}?X-Amz-Signature=${'0'.repeat(64)}`,
    }),
    attack('a bare plus in the query', 'sigv4.target-ambiguous', {
      ...signed,
      target: `${ATTACKED_PATH}?q=a+b`,
    }),
    attack('a bare percent in the query', 'sigv4.target-ambiguous', {
      ...signed,
      target: `${ATTACKED_PATH}?q=100%`,
    }),
  ]
}

async function scopeAttacks(material: SigV4AttackMaterial): Promise<readonly Attack[]> {
  const { now } = material
  const signed = await signParts(material)
  return [
    attack(
      "another day's scope",
      'sigv4.scope-date-mismatch',
      withField(signed, 'authorization', (value) => value.replace(/\/\d{8}\//, '/20200101/')),
    ),
    attack(
      'another region',
      'sigv4.region-mismatch',
      await signParts(material, {}, { region: 'elsewhere-1' }),
    ),
    attack(
      'another service',
      'sigv4.service-mismatch',
      await signParts(material, {}, { service: 'other' }),
    ),
    attack(
      'signed 301 s ago',
      'sigv4.clock-skew',
      await signParts(material, {}, { now: now - 301 }),
    ),
    attack(
      'signed in the future',
      'sigv4.clock-skew',
      await signParts(material, {}, { now: now + 301 }),
    ),
    attack(
      'a fresh date on an old signature',
      'sigv4.signature-invalid',
      withField(await signParts(material, {}, { now: now - 60 }), 'x-amz-date', () =>
        dateOf(signed),
      ),
    ),
  ]
}

const uncovered = (name: string, parts: SignedParts): Attack =>
  attack(name, 'sigv4.header-unsigned', parts)

async function coverageAttacks(material: SigV4AttackMaterial): Promise<readonly Attack[]> {
  const signed = await signParts(material, { headers: [['x-note', 'one']] })
  const temporary = await signParts(material, {}, signerOf(material, material.keys.temporary))
  return [
    uncovered('Host not signed', drop(signed, 'host')),
    uncovered('X-Amz-Date not signed', drop(signed, 'x-amz-date')),
    uncovered('payload digest not signed', drop(signed, 'x-amz-content-sha256')),
    uncovered('X-Amz-Target added', plus(signed, ['x-amz-target', 'Orders.Delete'])),
    uncovered('session token not signed', drop(temporary, 'x-amz-security-token')),
    attack('a signed header removed', 'sigv4.header-missing', without(signed, 'x-note')),
  ]
}

const forged = (name: string, parts: SignedParts): Attack =>
  attack(name, 'sigv4.signature-invalid', parts)

async function forgeries(material: SigV4AttackMaterial): Promise<readonly Attack[]> {
  const signed = await signParts(material, {
    target: `${ATTACKED_PATH}?a=1&b=2`,
    headers: [['x-note', 'one']],
  })
  const { accessKeyId, secret } = material.keys.good
  return [
    forged('another method', { ...signed, method: 'DELETE' }),
    forged('a query parameter changed', { ...signed, target: `${ATTACKED_PATH}?a=1&b=3` }),
    forged('a query parameter added', { ...signed, target: `${ATTACKED_PATH}?a=1&b=2&c=3` }),
    forged('a query parameter twice', { ...signed, target: `${ATTACKED_PATH}?a=1&b=2&b=2` }),
    forged('no query', { ...signed, target: ATTACKED_PATH }),
    forged('another host', { ...signed, authority: 'admin.example.test' }),
    forged(
      'a signed header changed',
      withField(signed, 'x-note', () => 'two'),
    ),
    forged('a signed header twice', plus(signed, ['x-note', 'two'])),
    forged(
      'another signed header list',
      withField(signed, 'authorization', (value) => value.replace(';x-note', '')),
    ),
    forged(
      'a signature of zeros',
      withField(signed, 'authorization', (value) => value.slice(0, -64) + '0'.repeat(64)),
    ),
    forged(
      'the secret of another key',
      await signParts(material, {}, { key: { secret: material.keys.revoked.secret } }),
    ),
    forged(
      "another key's id",
      withField(signed, 'authorization', (value) =>
        value.replace(accessKeyId, material.keys.revoked.accessKeyId),
      ),
    ),
    attack(
      'an access key id that nobody has',
      'sigv4.key-unknown',
      await signParts(material, {}, { accessKeyId: `${accessKeyId}0`, key: { secret } }),
    ),
  ]
}

async function stateAttacks(material: SigV4AttackMaterial): Promise<readonly Attack[]> {
  const { keys } = material
  const by = (key: SigV4AttackKey): Promise<SignedParts> =>
    signParts(material, {}, signerOf(material, key))
  const { sessionToken: _, ...tokenless } = keys.temporary
  const sessionToken = keys.good.secret
  return [
    attack('a revoked key', 'sigv4.revoked', await by(keys.revoked)),
    attack('an expired key', 'sigv4.expired', await by(keys.expired)),
    attack('a key of tomorrow', 'sigv4.not-yet-valid', await by(keys.notYetValid)),
    attack('a key of another network', 'sigv4.network-denied', await by(keys.elsewhere)),
    attack('a bound key, alone', 'sigv4.binding-unproven', await by(keys.bound)),
    attack('no session token', 'sigv4.session-token-invalid', await by(tokenless)),
    attack(
      'another session token',
      'sigv4.session-token-invalid',
      await by({ ...tokenless, sessionToken }),
    ),
    attack(
      'a session token that was never issued',
      'sigv4.session-token-invalid',
      await by({ ...keys.good, sessionToken: keys.temporary.secret }),
    ),
    {
      ...attack('a captured request', 'sigv4.replayed', await signParts(material)),
      requirement: 'SR-106',
      captured: true,
    },
  ]
}
