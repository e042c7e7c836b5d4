import { readFile, stat } from 'node:fs/promises'
import { createSecureContext } from 'node:tls'
import { ConfigError, type Clock } from 'countersign'
import type { Certificates } from '../../certificates/service.ts'

/** A certificate that somebody else issued: PEM files, read anew when they change. */
export interface FileCertificate {
  /** Path: the certificate, and the CAs in between. */
  readonly certificate: string
  /** Path: the private key. */
  readonly key: string
}

/** A certificate of the authority's own CA, renewed at half of its life. */
export interface OwnCertificate {
  readonly issue: {
    /** Host names that clients write; they must be inside the domains of the CA. */
    readonly dnsNames: readonly string[]
  }
}

/** Where the certificate of a listener comes from. */
export type ListenerCertificate = FileCertificate | OwnCertificate

/** A certificate and its private key, PEM. */
export interface KeyPair {
  readonly cert: string
  readonly key: string
}

/**
 * Answers the certificate to serve from now on, or undefined while the one it answered last still
 * is. Rejects when there is none that could be served.
 */
export type CertificateSource = () => Promise<KeyPair | undefined>

/**
 * Watches PEM files by their times and sizes. What cannot be served is tried again at the next
 * change and not before: of a key and its certificate, one is written first.
 */
export function fromFiles({ certificate, key }: FileCertificate): CertificateSource {
  let seen = ''
  return async () => {
    try {
      const stamp = `${await stampOf(certificate)} ${await stampOf(key)}`
      if (stamp === seen) return undefined
      seen = stamp
      const pair = { cert: await readFile(certificate, 'utf8'), key: await readFile(key, 'utf8') }
      // Throws for what does not parse, and for a key of another certificate.
      createSecureContext(pair)
      return pair
    } catch (error) {
      // The message of OpenSSL quotes nothing of a file.
      const why = error instanceof Error ? error.message : 'unreadable'
      throw new ConfigError('CS_CONFIG_TLS', `tls: ${certificate}, ${key}: ${why}`)
    }
  }
}

async function stampOf(path: string): Promise<string> {
  const { mtimeMs, size, ino } = await stat(path)
  return `${mtimeMs}:${size}:${ino}`
}

/** What issuing for a listener takes of a CA. */
export type ListenerCa = Pick<Certificates, 'issueForServer' | 'trust'>

/**
 * Has certificates issued: the next one at half of the life of the last, and at once when other CAs
 * are trusted than when it was issued, because the one that signed it may be gone.
 */
export function fromOwnCa(
  certificates: ListenerCa,
  { issue }: OwnCertificate,
  clock: Clock,
): CertificateSource {
  let renewAt = 0
  let trusted = ''
  return async () => {
    const now = anchorsOf(certificates)
    if (clock() / 1000 < renewAt && now === trusted) return undefined
    const { chain, privateKey, notBefore, notAfter } = await certificates.issueForServer(
      issue.dnsNames,
    )
    renewAt = (notBefore + notAfter) / 2
    trusted = now
    return { cert: chain, key: privateKey }
  }
}

const anchorsOf = ({ trust }: ListenerCa): string =>
  trust.bundles
    .flatMap(({ anchors }) => anchors.map(({ name, state }) => `${name} ${state}`))
    .join()
