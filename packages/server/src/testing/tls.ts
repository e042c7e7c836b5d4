import { once } from 'node:events'
import type { IncomingMessage } from 'node:http'
import { Agent, request as httpsRequest } from 'node:https'
import type { ConnectionOptions, TLSSocket } from 'node:tls'
import { identityRules, TrustStore } from 'countersign/mtls'
import type { CertificateAuthority } from '../certificates/authority.ts'
import type { CertificateIdentity } from '../certificates/names.ts'
import type { Certificates } from '../certificates/service.ts'
import { issued, proven, testCa } from '../certificates/testing/authority.ts'
import { makeRequest, p256 } from '../certificates/testing/request.ts'

/** The workload of the tests. */
export const WORKLOAD = 'spiffe://example.org/default/service/svc_1'

/** A certificate with its key, PEM, and its serial number in hexadecimal. */
export interface TlsHolder {
  readonly pem: string
  readonly keyPem: string
  readonly serial: string
}

/** Issues a certificate for now, by the clock of the machine: TLS reads no other. */
export async function tlsHolder(
  ca: CertificateAuthority,
  identity: CertificateIdentity,
): Promise<TlsHolder> {
  const pair = p256()
  const csr = proven(makeRequest({ pair }))
  const { pem, serial } = await issued(ca, { csr, identity, now: Math.floor(Date.now() / 1000) })
  const keyPem = pair.privateKey.export({ format: 'pem', type: 'pkcs8' }).toString()
  return { pem, keyPem, serial }
}

/** Makes a CA that is good by the clock of the machine. */
export const tlsCa = (): Promise<CertificateAuthority> =>
  testCa({ dnsDomains: ['localhost'], now: Math.floor(Date.now() / 1000) })

/** What an authority needs of a CA, over a real trust store that the test changes. */
export interface HandCa
  extends Pick<Certificates, 'trust' | 'identify' | 'onChange' | 'issueForServer'> {
  /** PEM */
  readonly root: string
  /** Whether its CA is believed. */
  believe(isBelieved: boolean): void
  /** A client certificate for {@link WORKLOAD}. */
  client(): Promise<TlsHolder>
  /** A certificate for a server called localhost. */
  host(): Promise<TlsHolder>
  /** Refuses one certificate from now on; nobody is told yet. */
  deny(certificate: TlsHolder): void
  /** Says that something changed. */
  change(): void
}

/** Makes a {@link HandCa}. @param now - When certificates for servers begin, to be renewed by. */
export async function handCa(now: () => number): Promise<HandCa> {
  const ca = await tlsCa()
  const bundle = (state: 'active' | 'removed') => ({
    trustDomain: ca.trustDomain,
    anchors: [{ name: 'ca', certificate: ca.certificate, state }],
  })
  const trust = new TrustStore([bundle('active')])
  const rules = identityRules([{ spiffe: WORKLOAD, tenant: 'default', scopes: ['orders:read'] }])
  const listeners = new Set<() => void>()
  return {
    root: ca.pem,
    trust,
    identify: () => rules,
    believe: (isBelieved) => trust.setBundle(bundle(isBelieved ? 'active' : 'removed')),
    client: () => tlsHolder(ca, { spiffe: WORKLOAD, dns: [] }),
    host: () => tlsHolder(ca, { dns: ['localhost'] }),
    onChange(listener) {
      listeners.add(listener)
      return () => listeners.delete(listener)
    },
    async issueForServer(dns) {
      const { pem, keyPem } = await tlsHolder(ca, { dns })
      const notBefore = now()
      return { chain: pem, privateKey: keyPem, notBefore, notAfter: notBefore + 3600 }
    },
    deny: ({ serial }) => trust.deny({ kind: 'serial', trustDomain: ca.trustDomain, serial }),
    change() {
      for (const listener of listeners) listener()
    },
  }
}

/** What came of a request over TLS. */
export interface TlsAnswer {
  readonly status: number
  readonly headers: Readonly<Record<string, string | string[] | undefined>>
  readonly body: string
  readonly socket: TLSSocket
  readonly reused: boolean
  /** Serial number of the server's certificate. */
  readonly serverSerial: string
}

/** One TLS client: one connection at a time, kept alive unless told otherwise. */
export interface TlsClient {
  send(
    path: string,
    request?: {
      readonly method?: string
      readonly headers?: Readonly<Record<string, string>>
      readonly body?: string
    },
  ): Promise<TlsAnswer>
  close(): void
}

/** Makes a client of a TLS server. */
export function tlsClient(
  url: string,
  ca: string,
  {
    certificate,
    ...more
  }: ConnectionOptions & { certificate?: TlsHolder | undefined } & {
    keepAlive?: boolean
  } = {},
): TlsClient {
  const own = certificate === undefined ? {} : { cert: certificate.pem, key: certificate.keyPem }
  const agent = new Agent({
    keepAlive: true,
    maxSockets: 1,
    ca,
    servername: 'localhost',
    ...own,
    ...more,
  })
  return {
    async send(path, { method = 'GET', headers = {}, body } = {}) {
      const sent = httpsRequest(new URL(path, url), { agent, method, headers })
      sent.end(body)
      // `once` does not know the events of a request.
      const [response] = (await once(sent, 'response')) as [IncomingMessage]
      // Requests of node:https have TLS sockets.
      const socket = sent.socket as TLSSocket
      const reused = socket.isSessionReused()
      const serverSerial = socket.getPeerCertificate().serialNumber
      let text = ''
      for await (const chunk of response.setEncoding('utf8')) text += String(chunk)
      const { statusCode = 0 } = response
      return {
        status: statusCode,
        headers: response.headers,
        body: text,
        socket,
        reused,
        serverSerial,
      }
    },
    close: () => {
      agent.destroy()
    },
  }
}
