/** What the tests of this folder share: authorities, certificates, and a store that trusts some. */
import { Secret } from '../../core/secret.ts'
import {
  mintTestCertificate,
  mintTestCrl,
  type TestCertificate,
  type TestCertificateOptions,
} from '../../testing/mint-certificate.ts'
import type { MtlsAttackMaterial } from './attacks.ts'
import type { CertificateProxy } from './forwarded/proxy.ts'
import { identityRules } from './mapping.ts'
import { TrustStore } from './trust.ts'

export const NOW = 1_700_000_000
export const BILLING = 'spiffe://prod.example/billing'
const DAY = 86_400
const SECRET = 'proof-'.repeat(8)
export const PROOF = ['x-proxy-proof', SECRET] as const

export const proxyOf = (dialect: CertificateProxy['dialect']): CertificateProxy => ({
  dialect,
  proof: { field: PROOF[0], secrets: [new Secret(SECRET)] },
})

export const identify = identityRules([
  { spiffe: BILLING, tenant: 'default', scopes: ['orders:read'] },
])

export const byteSequence = (der: Uint8Array): string => `:${Buffer.from(der).toString('base64')}:`

/** Valid around {@link NOW}. */
export const mint = (options: TestCertificateOptions): Promise<TestCertificate> =>
  mintTestCertificate({ notBefore: NOW - DAY, notAfter: NOW + DAY, ...options })

export const root = (
  name: string,
  options: TestCertificateOptions = {},
): Promise<TestCertificate> => mint({ name, ca: true, ...options })

const anchor = (
  name: string,
  made: TestCertificate | undefined,
  state: 'active' | 'planned' | 'removed',
) => ({
  name,
  certificate: made?.der ?? new Uint8Array(),
  state,
})

/** Every certificate of the attacks, and the store that they attack. */
export async function attackDesk(): Promise<{
  readonly trust: TrustStore
  readonly material: MtlsAttackMaterial
}> {
  const authority = await root('ca-1', { uris: [BILLING] })
  const leaf = async (options: TestCertificateOptions): Promise<TestCertificate> =>
    await mint({ issuer: authority, name: 'billing', ...options })
  const good = await leaf({ uris: [BILLING] })
  const denied = await leaf({ uris: [BILLING] })
  const listed = await leaf({ uris: [BILLING] })
  const [other, planned, removed, sameName] = await Promise.all(
    ['ca-other', 'ca-next', 'ca-old', 'ca-1'].map((name) => root(name)),
  )
  const by = async (issuer: TestCertificate | undefined): Promise<Uint8Array> =>
    (await mint({ uris: [BILLING], ...(issuer === undefined ? {} : { issuer }) })).der
  const der = async (options: TestCertificateOptions): Promise<Uint8Array> =>
    (await leaf(options)).der
  const trust = new TrustStore([
    {
      trustDomain: 'prod.example',
      anchors: [
        anchor('ca-1', authority, 'active'),
        anchor('ca-next', planned, 'planned'),
        anchor('ca-old', removed, 'removed'),
      ],
      crls: [await mintTestCrl(authority, [listed], [NOW - DAY, NOW + DAY])],
    },
    { trustDomain: 'other.example', anchors: [anchor('ca-other', other, 'active')] },
  ])
  trust.deny({ kind: 'serial', trustDomain: 'prod.example', serial: denied.serial.toUpperCase() })
  const material: MtlsAttackMaterial = {
    proof: PROOF,
    good: good.der,
    authority: authority.der,
    flawed: {
      expired: await der({ uris: [BILLING], notAfter: NOW - 1 }),
      notYetValid: await der({ uris: [BILLING], notBefore: NOW + 1 }),
      serverOnly: await der({ uris: [BILLING], purposes: ['server'] }),
      anyPurpose: await der({ uris: [BILLING], purposes: ['any'] }),
      noPurpose: await der({ uris: [BILLING], purposes: [] }),
      commonNameOnly: await der({ name: BILLING }),
      twoSpiffeIds: await der({ uris: [BILLING, 'spiffe://prod.example/orders'] }),
      otherIdentity: await der({ uris: ['spiffe://prod.example/orders'] }),
      identityPlusSuffix: await der({ uris: [`${BILLING}2`] }),
      denied: denied.der,
      revokedByList: listed.der,
      underLeaf: await by(good),
    },
    strangers: {
      selfSigned: await by(undefined),
      sameName: await by(sameName),
      otherDomain: await by(other),
      planned: await by(planned),
      removed: await by(removed),
    },
  }
  return { trust, material }
}
