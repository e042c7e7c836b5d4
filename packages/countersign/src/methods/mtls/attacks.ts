import type { Attack } from '../../core/attack.ts'
import type { ReasonCode } from '../../core/reasons.ts'
import { ATTACK_DIALECTS, type AttackDialect } from './attacks-dialects.ts'
import type { ForwardedDialect } from './forwarded/proxy.ts'

/** What the attacks on mutual TLS are made of, as DER. Every leaf has its own flaw. */
export interface MtlsAttackMaterial {
  /** The field that proves the proxy, with a secret that it takes. */
  readonly proof: readonly [name: string, value: string]
  /** A certificate that the guard under attack accepts. */
  readonly good: Uint8Array
  /** The authority that issued it, with the good identity as its own alternative name. */
  readonly authority: Uint8Array
  /**
   * Issued by the authority, or by one below it that the guard has as an intermediate; each wrong in
   * one way.
   */
  readonly flawed: {
    readonly expired: Uint8Array
    readonly notYetValid: Uint8Array
    readonly serverOnly: Uint8Array
    readonly anyPurpose: Uint8Array
    readonly noPurpose: Uint8Array
    /** Its key usage lacks digitalSignature. */
    readonly noSignatures: Uint8Array
    /** An authority itself, by its basic constraints, with the purpose of a client. */
    readonly authorityAsClient: Uint8Array
    /** A critical extension that nobody knows. */
    readonly criticalUnknown: Uint8Array
    /** Its common name is that of the good identity, and it has no alternative name. */
    readonly commonNameOnly: Uint8Array
    readonly twoSpiffeIds: Uint8Array
    /** One URI with a comma in it: printed as text it is two names, one of them the good identity. */
    readonly twoNamesInOne: Uint8Array
    readonly otherIdentity: Uint8Array
    /** The good identity with something behind it: `spiffe://…/billing2`. */
    readonly identityPlusSuffix: Uint8Array
    /** The good identity in capitals. */
    readonly identityInCapitals: Uint8Array
    readonly denied: Uint8Array
    readonly revokedByList: Uint8Array
    /** By the good leaf, which is no authority, and which the guard has as an intermediate. */
    readonly underLeaf: Uint8Array
    /** By an authority whose name constraints exclude the trust domain. */
    readonly excludedName: Uint8Array
    /** By an authority below one whose path length is 0. */
    readonly pathTooLong: Uint8Array
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

/** One certificate that must be refused, however it arrives. */
export interface CertificateAttack {
  readonly name: string
  readonly der: Uint8Array
  readonly reason: ReasonCode
}

/**
 * Certificates that must be refused with their reason (SR-301): over TLS, by whoever has their
 * keys, and in the fields of a proxy.
 */
export function certificateAttacks(material: MtlsAttackMaterial): readonly CertificateAttack[] {
  const { flawed, strangers } = material
  const rows: readonly (readonly [string, Uint8Array, ReasonCode])[] = [
    ['expired', flawed.expired, 'mtls.expired'],
    ['not yet valid', flawed.notYetValid, 'mtls.not-yet-valid'],
    ['for a server only', flawed.serverOnly, 'mtls.purpose-mismatch'],
    ['anyExtendedKeyUsage only', flawed.anyPurpose, 'mtls.purpose-mismatch'],
    ['no extended key usage', flawed.noPurpose, 'mtls.purpose-mismatch'],
    ['no digitalSignature', flawed.noSignatures, 'mtls.purpose-mismatch'],
    ['an authority with the purpose of a client', flawed.authorityAsClient, 'mtls.untrusted'],
    ['unknown critical extension', flawed.criticalUnknown, 'mtls.untrusted'],
    ['identity as common name', flawed.commonNameOnly, 'mtls.identity-invalid'],
    ['two SPIFFE ids', flawed.twoSpiffeIds, 'mtls.identity-invalid'],
    ['two names in one', flawed.twoNamesInOne, 'mtls.malformed'],
    ['identity that nobody mapped', flawed.otherIdentity, 'mtls.identity-unmapped'],
    ['identity as prefix', flawed.identityPlusSuffix, 'mtls.identity-unmapped'],
    ['identity in capitals', flawed.identityInCapitals, 'mtls.identity-unmapped'],
    ['denied serial number', flawed.denied, 'mtls.denied'],
    ['revoked by list', flawed.revokedByList, 'mtls.revoked'],
    ['issued by a leaf', flawed.underLeaf, 'mtls.untrusted'],
    ['name outside of the constraints', flawed.excludedName, 'mtls.untrusted'],
    ['path longer than allowed', flawed.pathTooLong, 'mtls.untrusted'],
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
  return rows.map(([name, der, reason]) => ({ name, der, reason }))
}

const changeLast = (der: Uint8Array): Uint8Array =>
  der.map((byte, index) => (index === der.length - 1 ? byte ^ 1 : byte))

/**
 * Attacks on a guard that reads the fields of a proxy with a proof. Every one must be refused with
 * its reason. Those without a proof must look like a request without a credential (SR-303).
 */
export function mtlsAttacks(
  material: MtlsAttackMaterial,
  name: ForwardedDialect = 'rfc9440',
): readonly Attack[] {
  const dialect = ATTACK_DIALECTS[name]
  return [
    ...certificateAttacks(material).map(({ der, ...rest }) => ({
      ...rest,
      requirement: 'SR-301',
      headers: [material.proof, ...dialect.carry(der)],
    })),
    ...forged(material, dialect),
    ...foreign(material, name),
    ...unproven(material, dialect),
  ]
}

/** The proxy is proven, and did not remove what the client sent. */
function forged(material: MtlsAttackMaterial, dialect: AttackDialect): readonly Attack[] {
  const { proof, good, flawed } = material
  const sent = dialect.carry(good)
  const [[name, value] = ['', '']] = sent
  const rows: readonly (readonly [string, Attack['headers'], ReasonCode])[] = [
    [
      'certificate field twice',
      [...sent, ...dialect.carry(flawed.otherIdentity)],
      'mtls.forwarded-repeated',
    ],
    ['underscore twin', [...sent, [name.replaceAll('-', '_'), value]], 'mtls.forwarded-repeated'],
    [
      'certificate and token of another method',
      [...sent, ['authorization', 'Bearer x']],
      'request.multiple-credentials',
    ],
    ...dialect.forged(good, flawed.otherIdentity),
  ]
  return rows.map(([what, headers, reason]) => ({
    name: what,
    requirement: 'SR-303',
    headers: [proof, ...headers],
    reason,
  }))
}

/** Some proxies pass on what they do not know: fields of another dialect are nobody's. */
function foreign({ proof, good }: MtlsAttackMaterial, own: ForwardedDialect): readonly Attack[] {
  return Object.entries(ATTACK_DIALECTS)
    .filter(([name]) => name !== own)
    .map(([name, dialect]) => ({
      name: `fields of ${name}`,
      requirement: 'SR-303',
      headers: [proof, ...dialect.carry(good)],
      reason: 'request.credential-missing',
    }))
}

/** The good certificate, from anybody who can read one: certificates are public. */
function unproven(
  { proof: [name, secret], good }: MtlsAttackMaterial,
  { carry }: AttackDialect,
): readonly Attack[] {
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
    headers: [...headers, ...carry(good)],
    reason: 'request.credential-missing',
  }))
}
