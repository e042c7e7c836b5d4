/** Certificates of an authority under test: issued over its API, used against it. */
import assert from 'node:assert/strict'
import { X509Certificate, type KeyObject } from 'node:crypto'
import type { PeerCertificate } from 'countersign'
import { toPem } from '../certificates/der.ts'
import { makeRequest, p256, type RequestParts } from '../certificates/testing/request.ts'
import type { ApiAnswer } from './api-caller.ts'
import { openAuthority, type TestAuthority } from './authority.ts'
import type { AuthorityOptions } from '../authority-options.ts'

/** The scope with which a certificate is asked for, and renews itself. */
export const ISSUE = 'countersign:certificates:issue'

/** An authority with a CA of `example.org`. */
export const openWithCa = (options: Partial<AuthorityOptions> = {}): Promise<TestAuthority> =>
  openAuthority({
    certificates: { trustDomain: 'example.org', dnsDomains: ['example.org'] },
    ...options,
  })

/** A request as the API takes it. */
export const csrText = (parts: RequestParts = {}): string =>
  toPem(makeRequest(parts), 'CERTIFICATE REQUEST')

/** A certificate that the API answered, and its key. */
export interface HeldCertificate {
  readonly id: string
  readonly key: KeyObject
  readonly certificate: string
  readonly bundle: string
  readonly serial: string
  readonly notAfter: number
  readonly renewAfter: number
}

/** Calls the management API in whatever way. */
export type Call = (method: string, path: string, body?: unknown) => Promise<ApiAnswer>

/** Asks for a certificate and answers whatever came. */
export const askFor = (
  call: Call,
  body: Readonly<Record<string, unknown>> = {},
): Promise<ApiAnswer> =>
  call('POST', '/v1/certificates', { csr: csrText(), scopes: [ISSUE, 'orders:read'], ...body })

/** Asks for a certificate, and must get it. */
export async function issueOver(
  call: Call,
  body: Readonly<Record<string, unknown>> = {},
): Promise<HeldCertificate> {
  const pair = p256()
  const answer = await askFor(call, { csr: csrText({ pair }), ...body })
  assert.equal(answer.status, 201, answer.text)
  // The shape is that of the response schema, which the API is typed by.
  const issued = answer.body as unknown as Omit<HeldCertificate, 'key'>
  return { ...issued, key: pair.privateKey }
}

/** A certificate as a TLS connection shows it. */
export const peerOf = (pem: string): PeerCertificate => ({
  der: new Uint8Array(new X509Certificate(pem).raw),
  chain: [],
})

/** Calls the API with a client certificate and nothing else. */
export const callerWithCertificate =
  ({ authority }: Pick<TestAuthority, 'authority'>, pem: string): Call =>
  async (method, path, body) => {
    const request = new Request(`https://auth.example.com${path}`, {
      method,
      ...(body === undefined
        ? {}
        : { body: JSON.stringify(body), headers: { 'content-type': 'application/json' } }),
    })
    const connection = { remoteAddress: '192.0.2.7', peerCertificate: peerOf(pem) }
    const response = await authority.fetch(request, connection)
    const text = await response.text()
    const parsed: unknown = text.startsWith('{') ? JSON.parse(text) : {}
    // A JSON object begins with a brace.
    const answer = parsed as Record<string, unknown>
    return { status: response.status, headers: response.headers, text, body: answer }
  }
