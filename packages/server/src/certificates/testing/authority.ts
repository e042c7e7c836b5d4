import assert from 'node:assert/strict'
import { openCa, type CertificateAuthority } from '../authority.ts'
import { createCa, type CaRequest } from '../create-ca.ts'
import { readCsr, type ProvenRequest } from '../csr.ts'
import { issueCertificate, type IssuedCertificate, type IssueRequest } from '../issue.ts'
import { makeRequest } from './request.ts'

/** The time of the tests. */
export const NOW = 1_800_000_000

/** The workload of the tests. */
export const SPIFFE_ID = 'spiffe://example.org/acme/service/svc_1'

/** A CA of `example.org` for names and hosts of it; a root, unless told otherwise. */
export const testCa = async (more: Partial<CaRequest> = {}): Promise<CertificateAuthority> =>
  openCa(
    await createCa({
      name: 'Test CA',
      trustDomain: 'example.org',
      dnsDomains: ['example.org'],
      now: NOW,
      lifetimeSeconds: 365 * 86_400,
      ...more,
    }),
  )

/** A request that was read, for a new key or as given. */
export function proven(csr: string | Uint8Array = makeRequest()): ProvenRequest {
  const read = readCsr(csr)
  assert.ok(read.ok)
  return read.value
}

/** Issues a certificate, or fails the test. */
export async function issued(
  ca: CertificateAuthority,
  more: Partial<IssueRequest> = {},
): Promise<IssuedCertificate> {
  const answer = await issueCertificate({
    ca,
    csr: more.csr ?? proven(),
    identity: { spiffe: SPIFFE_ID, dns: [] },
    ttlSeconds: 3600,
    now: NOW,
    ...more,
  })
  assert.ok(answer.ok)
  return answer.value
}
