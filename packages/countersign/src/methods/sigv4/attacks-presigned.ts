/** Attacks on presigned URLs. */
import type { Attack } from '../../core/attack.ts'
import type { ReasonCode } from '../../core/reasons.ts'
import { attack, type SignedParts } from './attack-edits.ts'
import { ATTACKED_PATH, signerOf, type SigV4AttackMaterial } from './attack-parts.ts'
import { presignSigV4, type PresignOptions } from './sign.ts'

/** Presigns a GET as its owner would. */
export async function presignParts(
  material: SigV4AttackMaterial,
  options: Partial<PresignOptions> = {},
): Promise<SignedParts & { readonly target: string }> {
  const { authority } = material
  const origin = `https://${authority}`
  const url = await presignSigV4(
    { method: 'GET', url: `${origin}${ATTACKED_PATH}?report=7` },
    { ...signerOf(material), lifetimeSeconds: 600, ...options },
  )
  return { method: 'GET', target: url.slice(origin.length), authority, headers: [] }
}

/** Attacks on presigned URLs; the guard allows one hour. */
export async function presignedAttacks(material: SigV4AttackMaterial): Promise<readonly Attack[]> {
  const { now } = material
  const signed = await presignParts(material)
  return [
    row('expired', 'sigv4.url-expired', await presignParts(material, { now: now - 600 })),
    row('of the future', 'sigv4.clock-skew', await presignParts(material, { now: now + 301 })),
    row(
      'longer than the policy',
      'sigv4.lifetime-exceeded',
      await presignParts(material, { lifetimeSeconds: 3601 }),
    ),
    ...malformedQueries(signed),
    ...forgedQueries(signed),
    {
      ...row('captured', 'sigv4.replayed', await presignParts(material, { now: now - 1 })),
      requirement: 'SR-106',
      captured: true,
    },
  ]
}

const row = (name: string, reason: ReasonCode, parts: SignedParts): Attack =>
  attack(`presigned: ${name}`, reason, parts)

type Presigned = SignedParts & { readonly target: string }

const life = (expires: string) => (target: string) => target.replace('Expires=600', expires)

function malformedQueries(signed: Presigned): readonly Attack[] {
  const one = (name: string, change: (target: string) => string): Attack =>
    row(name, 'sigv4.malformed', { ...signed, target: change(signed.target) })
  return [
    one('a life of more than a week', life('Expires=604801')),
    one('no life at all', life('Expires=0')),
    one('a negative life', life('Expires=-600')),
    one('a life with a zero before it', life('Expires=0600')),
    one('no Expires', (target) => target.replace('X-Amz-Expires=600&', '')),
    one('Expires twice', (target) => `${target}&X-Amz-Expires=600`),
    one('signature twice', (target) => `${target}&X-Amz-Signature=${'0'.repeat(64)}`),
    one('no signature', (target) => target.replace(/&X-Amz-Signature=.*/, '')),
    one('names in lower case', (target) => target.replaceAll('X-Amz-', 'x-amz-')),
    one('another algorithm', (target) => target.replace('AWS4-HMAC', 'AWS4-NONE')),
    one('no date', (target) => target.replace(/&X-Amz-Date=[^&]+/, '')),
    one('an escape that is no text', (target) => target.replace('Credential=', 'Credential=%ff')),
  ]
}

function forgedQueries(signed: Presigned): readonly Attack[] {
  const { target } = signed
  const one = (name: string, changed: Partial<Presigned>): Attack =>
    row(name, 'sigv4.signature-invalid', { ...signed, ...changed })
  const mixed = (name: string, reason: ReasonCode, header: readonly [string, string]): Attack =>
    row(name, reason, { ...signed, headers: [header] })
  return [
    one('a longer life', { target: target.replace('Expires=600', 'Expires=601') }),
    one('another parameter', { target: target.replace('report=7', 'report=8') }),
    one('one more parameter', { target: `${target}&admin=1` }),
    one('a session token added', { target: `${target}&X-Amz-Security-Token=x` }),
    one('another method', { method: 'DELETE' }),
    mixed('X-Amz-Date in a header, too', 'sigv4.mixed-forms', ['x-amz-date', '20231114T221320Z']),
    mixed('UNSIGNED-PAYLOAD in a header', 'sigv4.header-unsigned', [
      'x-amz-content-sha256',
      'UNSIGNED-PAYLOAD',
    ]),
    row('a payload digest in the query and in a header', 'sigv4.mixed-forms', {
      ...signed,
      target: `${target}&X-Amz-Content-Sha256=UNSIGNED-PAYLOAD`,
      headers: [['x-amz-content-sha256', 'UNSIGNED-PAYLOAD']],
    }),
    row('a query of more than 8 KiB', 'sigv4.malformed', {
      ...signed,
      target: `${target}&x=${'a'.repeat(8192)}`,
    }),
    mixed('a session token in a header', 'sigv4.mixed-forms', ['x-amz-security-token', 'x']),
  ]
}
