/** An authority for the tests of this folder: it issues for whatever key it is sent, or lies. */
import { CertificationRequest } from '@peculiar/asn1-csr'
import { AsnConvert } from '@peculiar/asn1-schema'
import { strict as assert } from 'node:assert'
import { createHash } from 'node:crypto'
import { once } from 'node:events'
import { createServer, type Server, type ServerOptions } from 'node:https'
import type { RequestListener } from 'node:http'
import { systemClock, toSeconds } from '../../core/clock.ts'
import { mintTestCertificate, type TestCertificate } from '../../testing/mint-certificate.ts'
import { mintCertificate } from '../../testing/x509/certificate.ts'
import type { Fetch } from '../proof.ts'
import type { CertificateSource, KeyAndCertificate } from './certificate.ts'
import { certificateSource, type CertificateSourceOptions } from './source.ts'

/** Seconds since the epoch. TLS reads the clock of the machine, so tests start there too. */
export const NOW = toSeconds(systemClock())
/** What certificates live. */
export const DAY = 86_400

/** A clock that only moves when told. */
export class HandClock {
  now = NOW
  readonly read = (): number => this.now * 1000

  pass(seconds: number): void {
    this.now += seconds
  }
}

/** What an authority answers. */
export interface Answer {
  readonly certificate: string
  readonly chain: string
  readonly bundle: string
}

const PURPOSES = ['1.3.6.1.5.5.7.3.2', '1.3.6.1.5.5.7.3.1']

/** Renews, and answers what came of it. */
export function renewed(source: CertificateSource): Promise<KeyAndCertificate> {
  const { promise, resolve, reject } = Promise.withResolvers<KeyAndCertificate>()
  const stop = source.onChange((changed) => {
    stop()
    resolve(changed)
  })
  source.current().catch(reject)
  return promise
}

/** Serves on a free port of loopback while `work` runs. */
export async function serving(
  options: ServerOptions,
  listener: RequestListener,
  work: (origin: string, server: Server) => Promise<void>,
): Promise<void> {
  const server = createServer(options, listener)
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  assert(typeof address === 'object' && address !== null)
  try {
    await work(`https://localhost:${address.port}`, server)
  } finally {
    server.closeAllConnections()
    server.close()
  }
}

/** Makes the root of an authority. */
export const root = (name = 'root'): Promise<TestCertificate> =>
  mintTestCertificate({ name, ca: true, notBefore: NOW - 365 * DAY, notAfter: NOW + 365 * DAY })

/** What to issue. */
export interface Issue {
  readonly issuer: TestCertificate
  readonly spki: Uint8Array
  readonly notBefore: number
  readonly notAfter: number
  readonly serial: number
}

/** Issues for a public key. PEM. */
export async function issueFor({ issuer, spki, serial, ...times }: Issue): Promise<string> {
  const id = createHash('sha256').update(spki).digest().subarray(0, 20)
  const { der } = await mintCertificate({
    ...times,
    issuer,
    serial: Uint8Array.of(serial),
    // Of a key that is certified only the public half matters.
    key: { ...issuer.key, spki, id },
    names: [{ dNSName: 'localhost' }, { uniformResourceIdentifier: 'spiffe://test/svc' }],
    purposes: PURPOSES,
  })
  return pem(der)
}

/** Writes PEM. */
export const pem = (der: Uint8Array): string =>
  `-----BEGIN CERTIFICATE-----\n${Buffer.from(der).toString('base64')}\n-----END CERTIFICATE-----\n`

/** The public key of a request. */
export function spkiOf(csr: string): Uint8Array {
  const der = Buffer.from(csr.replaceAll(/-----[^-]+-----/g, ''), 'base64')
  const { certificationRequestInfo: info } = AsnConvert.parse(der, CertificationRequest)
  return new Uint8Array(AsnConvert.serialize(info.subjectPKInfo))
}

/** Answers requests for certificates. */
export class AuthorityDesk {
  readonly clock = new HandClock()
  readonly asked: Readonly<Record<string, unknown>>[] = []
  readonly urls: string[] = []
  readonly redirects: string[] = []
  readonly errors: string[] = []
  root: TestCertificate
  lifeSeconds = DAY
  /** What to answer instead. */
  answer: (answer: Answer, csr: string) => unknown = (answer) => answer
  /** What to answer instead of an answer. */
  outage: (() => Response) | undefined

  constructor(first: TestCertificate) {
    this.root = first
  }

  /** Asks this authority, as a `fetch`. */
  readonly fetch: Fetch = async (input, init) => {
    const request = new Request(input, init)
    this.urls.push(request.url)
    this.redirects.push(request.redirect)
    const asked = (await request.json()) as { csr: string } // what the source sends
    this.asked.push(asked)
    if (this.outage !== undefined) return this.outage()
    const certificate = await this.issue(spkiOf(asked.csr))
    const answer = { certificate, chain: '', bundle: this.root.pem }
    return Response.json(await this.answer(answer, asked.csr), { status: 201 })
  }

  /** Issues by the clock of now. */
  issue(spki: Uint8Array, issuer = this.root): Promise<string> {
    const notBefore = this.clock.now - 60
    const notAfter = notBefore + this.lifeSeconds
    return issueFor({ issuer, spki, notBefore, notAfter, serial: this.asked.length })
  }

  /** A source of certificates of this authority. */
  source(options: Partial<CertificateSourceOptions> = {}): CertificateSource {
    return certificateSource({
      issuer: 'https://auth.example.test/t/acme/',
      fetch: this.fetch,
      scopes: ['orders:read'],
      clock: this.clock.read,
      onError: ({ message }) => this.errors.push(message),
      ...options,
    })
  }
}
