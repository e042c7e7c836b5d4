/** Attacks on presigned URLs. */
import type { Attack } from '../../core/attack.ts'
import type { ReasonCode } from '../../core/reasons.ts'
import {
  attack,
  ATTACKED_PATH,
  signerOf,
  type SigV4AttackMaterial,
  type SignedParts,
} from './attack-parts.ts'
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

const same = (target: string): string => target

/** Attacks on presigned URLs; the guard allows one hour. */
export async function presignedAttacks(material: SigV4AttackMaterial): Promise<readonly Attack[]> {
  const { now } = material
  const signed = await presignParts(material)
  const row = (
    name: string,
    reason: ReasonCode,
    change: (target: string) => string,
    parts = signed,
  ): Attack => attack(`presigned: ${name}`, reason, { ...parts, target: change(parts.target) })
  const malformed = 'sigv4.malformed'
  const forged = 'sigv4.signature-invalid'
  const late = await presignParts(material, { now: now - 600 })
  const early = await presignParts(material, { now: now + 301 })
  const long = await presignParts(material, { lifetimeSeconds: 3601 })
  return [
    row('expired', 'sigv4.url-expired', same, late),
    row('of the future', 'sigv4.clock-skew', same, early),
    row('longer than the policy', 'sigv4.lifetime-exceeded', same, long),
    row('a longer life', forged, (target) => target.replace('Expires=600', 'Expires=601')),
    row('a life of more than a week', malformed, (t) => t.replace('Expires=600', 'Expires=604801')),
    row('no life at all', malformed, (target) => target.replace('Expires=600', 'Expires=0')),
    row('a negative life', malformed, (target) => target.replace('Expires=600', 'Expires=-600')),
    row('no Expires', malformed, (target) => target.replace('X-Amz-Expires=600&', '')),
    row('Expires twice', malformed, (target) => `${target}&X-Amz-Expires=600`),
    row('signature twice', malformed, (target) => `${target}&X-Amz-Signature=${'0'.repeat(64)}`),
    row('no signature', malformed, (target) => target.replace(/&X-Amz-Signature=.*/, '')),
    row('names in lower case', malformed, (target) => target.replaceAll('X-Amz-', 'x-amz-')),
    row('another algorithm', malformed, (target) => target.replace('AWS4-HMAC', 'AWS4-NONE')),
    row('an escape that is no text', malformed, (target) =>
      target.replace('Credential=', 'Credential=%ff'),
    ),
    row('another parameter', forged, (target) => target.replace('report=7', 'report=8')),
    row('one more parameter', forged, (target) => `${target}&admin=1`),
    row('a session token added', forged, (target) => `${target}&X-Amz-Security-Token=x`),
    row('another method', forged, same, { ...signed, method: 'HEAD' }),
    row('a body', forged, same, { ...signed, method: 'GET', body: 'x' }),
    row('X-Amz-Date in a header, too', 'sigv4.mixed-forms', same, {
      ...signed,
      headers: [['x-amz-date', '20231114T221320Z']],
    }),
    row('UNSIGNED-PAYLOAD in a header', 'sigv4.header-unsigned', same, {
      ...signed,
      headers: [['x-amz-content-sha256', 'UNSIGNED-PAYLOAD']],
    }),
    {
      ...row('captured', 'sigv4.replayed', same, await presignParts(material, { now: now - 1 })),
      requirement: 'SR-106',
      captured: true,
    },
  ]
}
