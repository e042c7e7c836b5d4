import { createPrivateKey, X509Certificate } from 'node:crypto'
import { err, ok, type Result } from '../../core/result.ts'

const BLOCK = /-----BEGIN CERTIFICATE-----[\sA-Za-z0-9+/=]+-----END CERTIFICATE-----/g

/** Reads the certificates of a PEM text, in order; undefined when one of them is none. Never throws. */
export function readPem(pem: string): readonly X509Certificate[] | undefined {
  try {
    return (pem.match(BLOCK) ?? []).map((block) => new X509Certificate(block))
  } catch {
    return undefined
  }
}

/** What a pair of PEM texts says about itself. Times in seconds since the epoch. */
export interface PemPair {
  readonly serial: string
  readonly notBefore: number
  readonly notAfter: number
}

/**
 * Reads a certificate and its key, and checks that they belong together and that `now` is inside of
 * the certificate's time. Checks nothing about who issued it.
 *
 * @param now - Seconds since the epoch.
 */
export function readPair(cert: string, key: string, now: number): Result<PemPair, string> {
  const [leaf] = readPem(cert) ?? []
  if (leaf === undefined) return err('the certificate is not PEM')
  if (!isKeyOf(leaf, key)) return err('the key is not the key of the certificate')
  const notBefore = toSeconds(leaf.validFromDate)
  const notAfter = toSeconds(leaf.validToDate)
  if (now < notBefore) return err(`the certificate begins at ${notBefore}, and it is ${now}`)
  if (now >= notAfter) return err(`the certificate ended at ${notAfter}, and it is ${now}`)
  return ok({ serial: leaf.serialNumber.toLowerCase(), notBefore, notAfter })
}

function isKeyOf(leaf: X509Certificate, key: string): boolean {
  try {
    return leaf.checkPrivateKey(createPrivateKey(key))
  } catch {
    return false
  }
}

const toSeconds = (date: Date): number => date.getTime() / 1000
