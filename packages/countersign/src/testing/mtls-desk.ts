import type { Method } from '../core/method.ts'
import { Secret } from '../core/secret.ts'
import type { MtlsAttackMaterial } from '../methods/mtls/attacks.ts'
import type { AnchorState, TrustAnchor } from '../methods/mtls/bundle.ts'
import type { CertificateOrigin, CertificateProxy } from '../methods/mtls/forwarded/proxy.ts'
import { identityRules, type Identify } from '../methods/mtls/mapping.ts'
import { TrustStore } from '../methods/mtls/trust.ts'
import { mtls } from '../methods/mtls/verify.ts'
import {
  mintTestCertificate,
  mintTestCrl,
  type TestCertificate,
  type TestCertificateOptions,
} from './mint-certificate.ts'

/** Certificates for a test: a good one, those that must be refused, and the method that tells. */
export interface TestMtls {
  readonly trust: TrustStore
  readonly material: MtlsAttackMaterial
  readonly good: TestCertificate
  /** The certificate of these bytes with its key; undefined for what was never minted. */
  readonly holderOf: (der: Uint8Array) => TestCertificate | undefined
  readonly method: (from?: CertificateOrigin) => Method
}

/** The one identity that is mapped. */
export const TEST_SPIFFE_ID = 'spiffe://prod.example/billing'
/** A field that proves a proxy, and its secret. */
export const TEST_PROOF = ['x-proxy-proof', 'proof-'.repeat(8)] as const
/** Maps {@link TEST_SPIFFE_ID}. */
export const testIdentify: Identify = identityRules([
  { spiffe: TEST_SPIFFE_ID, tenant: 'default', scopes: ['orders:read'] },
])

/** A proxy that proves itself by {@link TEST_PROOF}. */
export const testProxy = (dialect: CertificateProxy['dialect']): CertificateProxy => ({
  dialect,
  proof: { field: TEST_PROOF[0], secrets: [new Secret(TEST_PROOF[1])] },
})

const DAY = 86_400
const anchorOf = (made: TestCertificate, state: AnchorState): TrustAnchor => ({
  name: `${made.subject}, ${state}`,
  certificate: made.der,
  state,
})

/** Makes authorities, certificates around `now`, and a method that trusts some of them. */
export async function testMtls(now = 1_700_000_000): Promise<TestMtls> {
  const minted: TestCertificate[] = []
  const mint: Mint = async (options) => {
    const dates = { notBefore: now - DAY, notAfter: now + DAY }
    const made = await mintTestCertificate({ ...dates, ...options })
    minted.push(made)
    return made
  }
  const authorities = await mintAuthorities((options) => mint({ ca: true, ...options }))
  const { authority, narrow, beyond, other, planned, removed, sameName } = authorities
  const leaf: Mint = (options) =>
    mint({ issuer: authority, name: 'billing', uris: [TEST_SPIFFE_ID], ...options })
  const of = async (options: TestCertificateOptions): Promise<Uint8Array> =>
    (await leaf(options)).der
  const [good, denied, revoked] = [await leaf({}), await leaf({}), await leaf({})]
  const trust = await trustOf({ ...authorities, good, revoked }, now)
  trust.deny({ kind: 'serial', trustDomain: 'prod.example', serial: denied.serial.toUpperCase() })
  const material: MtlsAttackMaterial = {
    proof: TEST_PROOF,
    good: good.der,
    authority: authority.der,
    flawed: {
      ...(await flawedLeaves(now, of)),
      denied: denied.der,
      revokedByList: revoked.der,
      underLeaf: await of({ issuer: good }),
      excludedName: await of({ issuer: narrow }),
      pathTooLong: await of({ issuer: beyond }),
    },
    strangers: {
      selfSigned: (await mint({ uris: [TEST_SPIFFE_ID] })).der,
      sameName: await of({ issuer: sameName }),
      otherDomain: await of({ issuer: other }),
      planned: await of({ issuer: planned }),
      removed: await of({ issuer: removed }),
    },
  }
  const holders = new Map(minted.map((made) => [made.der, made]))
  return {
    trust,
    material,
    good,
    holderOf: (der) => holders.get(der),
    method: (from = 'connection') => mtls({ trust, identify: testIdentify, from }),
  }
}

type Mint = (options: TestCertificateOptions) => Promise<TestCertificate>

interface Authorities {
  readonly authority: TestCertificate
  readonly sameName: TestCertificate
  readonly other: TestCertificate
  readonly planned: TestCertificate
  readonly removed: TestCertificate
  readonly narrow: TestCertificate
  readonly last: TestCertificate
  readonly beyond: TestCertificate
}

async function mintAuthorities(root: Mint): Promise<Authorities> {
  const authority = await root({ name: 'ca-1', uris: [TEST_SPIFFE_ID] })
  const last = await root({ issuer: authority, name: 'last', pathLength: 0 })
  return {
    authority,
    last,
    beyond: await root({ issuer: last, name: 'beyond' }),
    narrow: await root({ issuer: authority, name: 'narrow', excludedHosts: ['prod.example'] }),
    sameName: await root({ name: 'ca-1' }),
    other: await root({ name: 'ca-other' }),
    planned: await root({ name: 'ca-next' }),
    removed: await root({ name: 'ca-old' }),
  }
}

interface Trusted extends Authorities {
  readonly good: TestCertificate
  readonly revoked: TestCertificate
}

async function trustOf(all: Trusted, now: number): Promise<TrustStore> {
  const { authority, planned, removed, other, good, revoked, narrow, last, beyond } = all
  const anchors = [
    anchorOf(authority, 'active'),
    anchorOf(planned, 'planned'),
    anchorOf(removed, 'removed'),
  ]
  // Only the check that an attack is about stands between it and the authority.
  const between = [good, narrow, last, beyond]
  const listOf = (issuer: TestCertificate): Promise<Uint8Array> =>
    mintTestCrl(issuer, issuer === authority ? [revoked] : [], [now - DAY, now + DAY])
  return new TrustStore([
    {
      trustDomain: 'prod.example',
      anchors,
      intermediates: between.map(({ der }) => der),
      crls: await Promise.all([authority, ...between].map(listOf)),
    },
    { trustDomain: 'other.example', anchors: [anchorOf(other, 'active')] },
  ])
}

type Flawed = Omit<
  MtlsAttackMaterial['flawed'],
  'denied' | 'revokedByList' | 'underLeaf' | 'excludedName' | 'pathTooLong'
>

const KEY_AGREEMENT = 16
const AUTHORITY_AND_CLIENT = { ca: true, purposes: ['client'] } as const
const UNKNOWN = { id: '1.2.3.4.5', critical: true, value: Uint8Array.of(5, 0) }

async function flawedLeaves(
  now: number,
  leaf: (options: TestCertificateOptions) => Promise<Uint8Array>,
): Promise<Flawed> {
  return {
    expired: await leaf({ notAfter: now - 1 }),
    notYetValid: await leaf({ notBefore: now + 1 }),
    serverOnly: await leaf({ purposes: ['server'] }),
    anyPurpose: await leaf({ purposes: ['any'] }),
    noPurpose: await leaf({ purposes: [] }),
    noSignatures: await leaf({ extensions: { keyUsage: KEY_AGREEMENT } }),
    authorityAsClient: await leaf(AUTHORITY_AND_CLIENT),
    criticalUnknown: await leaf({ extensions: { more: [UNKNOWN] } }),
    commonNameOnly: await leaf({ name: TEST_SPIFFE_ID, uris: [] }),
    twoSpiffeIds: await leaf({ uris: [TEST_SPIFFE_ID, 'spiffe://prod.example/orders'] }),
    twoNamesInOne: await leaf({ uris: [`https://x.example, URI:${TEST_SPIFFE_ID}`] }),
    otherIdentity: await leaf({ uris: ['spiffe://prod.example/orders'] }),
    identityPlusSuffix: await leaf({ uris: [`${TEST_SPIFFE_ID}2`] }),
    identityInCapitals: await leaf({ uris: ['spiffe://prod.example/BILLING'] }),
  }
}
