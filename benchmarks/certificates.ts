/**
 * What does it cost to judge a client certificate: the first time, and again? The floor reads the
 * certificate with `node:crypto` and verifies its one signature; it looks at no date, purpose, name,
 * constraint or list. A path through an intermediate authority has two signatures.
 */
import { createHash, X509Certificate } from 'node:crypto'
import type { RequestView } from 'countersign'
import { identityRules, mtls, TrustStore } from 'countersign/mtls'
import {
  mintTestCertificate,
  type TestCertificate,
} from '../packages/countersign/src/testing/mint-certificate.ts'
import { compare } from './lib/compare.ts'
import { report, type Table } from './lib/report.ts'
import { looped, verifying } from './lib/signed.ts'

const ID = 'spiffe://prod.example/billing'
const authority = await mintTestCertificate({ name: 'ca', ca: true })
const between = await mintTestCertificate({ name: 'ca-2', ca: true, issuer: authority })
const identify = identityRules([{ spiffe: ID, tenant: 'default', scopes: ['orders:read'] }])

function trusting(): TrustStore {
  const anchors = [{ name: 'ca', certificate: authority.der, state: 'active' }] as const
  return new TrustStore([{ trustDomain: 'prod.example', anchors }])
}

const viewOf = (leaf: TestCertificate, chain: readonly TestCertificate[]): RequestView => ({
  method: 'GET',
  scheme: 'https',
  authority: 'api.example.test',
  target: '/',
  remoteAddress: '192.0.2.1',
  peerCertificate: { der: leaf.der, chain: chain.map(({ der }) => der) },
  header: () => [],
  trailer: () => [],
  body: () => ({ ok: true, value: new Uint8Array(0) }),
})

/** More certificates than the memory holds: each is judged as if it came for the first time. */
async function firstTime(chain: readonly TestCertificate[]) {
  const issuer = chain[0] ?? authority
  const views = await Promise.all(
    Array.from({ length: 64 }, async () =>
      viewOf(await mintTestCertificate({ issuer, name: 'billing', uris: [ID] }), chain),
    ),
  )
  const method = mtls({ trust: trusting(), identify, maxCached: 1 })
  const contenders = views.map((view) => verifying('', method, view))
  return async (count: number): Promise<void> => {
    for (let done = 0; done < count; done += 1) await contenders[done % 64]?.run(1)
  }
}

async function table(title: string, chain: readonly TestCertificate[]): Promise<Table> {
  const issuer = chain[0] ?? authority
  const leaf = await mintTestCertificate({ issuer, name: 'billing', uris: [ID] })
  const path = [leaf, ...chain, authority].slice(0, -1)
  const keys = [...chain, authority].map(({ der }) => new X509Certificate(der).publicKey)
  const base = 'node:crypto: X509Certificate and its verify'
  const rows = await compare(
    [
      looped(base, () => {
        for (const [index, { der }] of path.entries()) {
          const key = keys[index]
          if (key === undefined || !new X509Certificate(der).verify(key)) throw new Error(base)
        }
      }),
      { name: 'countersign, first time', run: await firstTime(chain) },
      looped('node:crypto: SHA-256 of the certificate', () =>
        createHash('sha256').update(leaf.der).digest('base64url'),
      ),
      verifying(
        'countersign, seen before',
        mtls({ trust: trusting(), identify }),
        viewOf(leaf, chain),
      ),
    ],
    { base },
  )
  return { title, base, rows }
}

report('certificates', [
  await table('A client certificate of the authority itself, ECDSA P-256', []),
  await table('A client certificate of an intermediate authority, ECDSA P-256', [between]),
])
