import type { Attack } from '../../core/attack.ts'
import type { ReasonCode } from '../../core/reasons.ts'

/** What the attacks on mutual TLS behind a proxy are made of, as DER. Every leaf has its own flaw. */
export interface MtlsAttackMaterial {
  /** The field that proves the proxy, with a secret that it takes. */
  readonly proof: readonly [name: string, value: string]
  /** A certificate that the guard under attack accepts. */
  readonly good: Uint8Array
  /** The authority that issued it, with the good identity as its own alternative name. */
  readonly authority: Uint8Array
  /** Issued by the authority, each wrong in one way. */
  readonly flawed: {
    readonly expired: Uint8Array
    readonly notYetValid: Uint8Array
    readonly serverOnly: Uint8Array
    readonly anyPurpose: Uint8Array
    readonly noPurpose: Uint8Array
    /** Its common name is that of the good identity, and it has no alternative name. */
    readonly commonNameOnly: Uint8Array
    readonly twoSpiffeIds: Uint8Array
    readonly otherIdentity: Uint8Array
    /** The good identity with something behind it: `spiffe://…/billing2`. */
    readonly identityPlusSuffix: Uint8Array
    readonly denied: Uint8Array
    readonly revokedByList: Uint8Array
    readonly underLeaf: Uint8Array
  }
  /** The good identity, issued by somebody else. */
  readonly strangers: {
    readonly selfSigned: Uint8Array
    /** By an authority of the same name and another key. */
    readonly sameName: Uint8Array
    /** By an authority that is trusted, for another trust domain. */
    readonly otherDomain: Uint8Array
    readonly planned: Uint8Array
    readonly removed: Uint8Array
  }
}

const CERT = 'client-cert'

/**
 * Attacks on a guard that reads RFC 9440 fields from a proxy with a proof. Every one must be refused
 * with its reason. Those without a proof must look like a request without a credential (SR-303).
 */
export function mtlsAttacks(material: MtlsAttackMaterial): readonly Attack[] {
  return [...certificates(material), ...fields(material), ...unproven(material)]
}

const byteSequence = (der: Uint8Array): string => `:${btoa(String.fromCharCode(...der))}:`

function certificates(material: MtlsAttackMaterial): readonly Attack[] {
  const { flawed, strangers } = material
  const rows: readonly (readonly [string, Uint8Array, ReasonCode])[] = [
    ['expired', flawed.expired, 'mtls.expired'],
    ['not yet valid', flawed.notYetValid, 'mtls.not-yet-valid'],
    ['for a server only', flawed.serverOnly, 'mtls.purpose-mismatch'],
    ['anyExtendedKeyUsage only', flawed.anyPurpose, 'mtls.purpose-mismatch'],
    ['no extended key usage', flawed.noPurpose, 'mtls.purpose-mismatch'],
    ['identity as common name', flawed.commonNameOnly, 'mtls.identity-invalid'],
    ['two SPIFFE ids', flawed.twoSpiffeIds, 'mtls.identity-invalid'],
    ['identity that nobody mapped', flawed.otherIdentity, 'mtls.identity-unmapped'],
    ['identity as prefix', flawed.identityPlusSuffix, 'mtls.identity-unmapped'],
    ['denied serial number', flawed.denied, 'mtls.denied'],
    ['revoked by list', flawed.revokedByList, 'mtls.revoked'],
    ['issued by a leaf', flawed.underLeaf, 'mtls.untrusted'],
    ['the authority itself', material.authority, 'mtls.untrusted'],
    ['self-signed', strangers.selfSigned, 'mtls.untrusted'],
    ['authority of the same name', strangers.sameName, 'mtls.untrusted'],
    ['authority of another trust domain', strangers.otherDomain, 'mtls.untrusted'],
    ['planned authority', strangers.planned, 'mtls.untrusted'],
    ['removed authority', strangers.removed, 'mtls.untrusted'],
    ['one bit of the signature changed', changeLast(material.good), 'mtls.untrusted'],
    ['a byte behind the certificate', Uint8Array.of(...material.good, 0), 'mtls.malformed'],
    ['a truncated certificate', material.good.slice(0, -1), 'mtls.malformed'],
    ['no DER', Uint8Array.of(1, 2, 3), 'mtls.malformed'],
  ]
  return rows.map(([name, der, reason]) => ({
    name,
    requirement: 'SR-301',
    headers: [material.proof, [CERT, byteSequence(der)]],
    reason,
  }))
}

const changeLast = (der: Uint8Array): Uint8Array =>
  der.map((byte, index) => (index === der.length - 1 ? byte ^ 1 : byte))

/** The proxy is proven, and did not remove what the client sent. */
function fields({ proof, good, flawed }: MtlsAttackMaterial): readonly Attack[] {
  const value = byteSequence(good)
  const rows: readonly (readonly [string, Attack['headers'], ReasonCode])[] = [
    [
      'certificate field twice',
      [
        [CERT, value],
        [CERT, byteSequence(flawed.otherIdentity)],
      ],
      'mtls.forwarded-repeated',
    ],
    [
      'underscore twin',
      [
        [CERT, value],
        ['client_cert', value],
      ],
      'mtls.forwarded-repeated',
    ],
    ['bare Base64', [[CERT, value.slice(1, -1)]], 'mtls.forwarded-malformed'],
    ['list of certificates', [[CERT, `${value}, ${value}`]], 'mtls.forwarded-malformed'],
    ['parameter', [[CERT, `${value};verified`]], 'mtls.forwarded-malformed'],
    ['chain without a certificate', [['client-cert-chain', value]], 'mtls.forwarded-malformed'],
    [
      'certificate and token of another method',
      [
        [CERT, value],
        ['authorization', 'Bearer x'],
      ],
      'request.multiple-credentials',
    ],
  ]
  return rows.map(([name, headers, reason]) => ({
    name,
    requirement: 'SR-303',
    headers: [proof, ...headers],
    reason,
  }))
}

/** The good certificate, from anybody who can read one: certificates are public. */
function unproven({ proof: [name, secret], good }: MtlsAttackMaterial): readonly Attack[] {
  const proofs: readonly (readonly [string, Attack['headers']])[] = [
    ['no proof', []],
    ['empty proof', [[name, '']]],
    ['half a proof', [[name, secret.slice(0, secret.length / 2)]]],
    ['proof plus a character', [[name, `${secret}0`]]],
    ['proof in the underscore twin', [[name.replaceAll('-', '_'), secret]]],
    [
      'proof twice',
      [
        [name, secret],
        [name, secret],
      ],
    ],
  ]
  return proofs.map(([what, headers]) => ({
    name: `certificate beside ${what}`,
    requirement: 'SR-303',
    headers: [...headers, [CERT, byteSequence(good)]],
    reason: 'request.credential-missing',
  }))
}
