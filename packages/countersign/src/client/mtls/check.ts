import { err, ok, type Result } from '../../core/result.ts'
import type { Secret } from '../../core/secret.ts'
import { parseCertificate, type Certificate } from '../../x509/certificate.ts'
import { validatePath } from '../../x509/path.ts'
import type { KeyAndCertificate } from './certificate.ts'
import { readPair, readPem } from './pem.ts'

/** What an authority, or a file, gave. Believed in nothing. */
export interface Offer {
  /** PEM: one certificate. */
  readonly certificate: string
  /** PEM: the authorities between it and the root. */
  readonly chain: string
  /** PEM: the trust bundle. */
  readonly bundle: string
}

/** What an offer is held against. */
export interface Expectation {
  /** The key that was certified. */
  readonly key: Secret
  /** Seconds since the epoch. */
  readonly now: number
  /** PEM: roots that are believed already; undefined at the first meeting. */
  readonly trusted: string | undefined
}

/**
 * Checks what was given before it replaces anything: that the certificate is for our key, that its
 * time has begun and has not ended, that the new bundle overlaps with the roots that are believed
 * already (a change of roots always does, SR-304; a bundle of strangers does not), and that the path
 * from the certificate to it holds, for a client.
 *
 * Does not check the names: they follow from who asked, and the authority knows that better.
 *
 * @returns The pair, or why it is refused, in words for an operator.
 */
export async function checkOffer(
  { certificate, chain, bundle }: Offer,
  { key, now, trusted }: Expectation,
): Promise<Result<KeyAndCertificate, string>> {
  const pair = readPair(certificate, key.reveal(), now)
  if (!pair.ok) return pair
  const [leaf, more] = parse(certificate) ?? []
  const intermediates = parse(chain)
  const anchors = parse(bundle)
  if (leaf === undefined || more !== undefined) return err('the certificate is not one certificate')
  if (intermediates === undefined) return err('the chain cannot be read')
  if (anchors === undefined || anchors.length === 0) return err('the bundle cannot be read')
  if (trusted !== undefined && !overlaps(bundle, trusted)) {
    return err('the bundle has none of the authorities that were trusted until now')
  }
  const path = await validatePath({ leaf, intermediates, anchors, at: now, purpose: 'client' })
  if (!path.ok) return err(`no path to the bundle: ${path.error.reason}`)
  return ok({ ...pair.value, cert: join(certificate, chain), key, ca: bundle })
}

/** Reads strictly, as the other side will; undefined when something is unreadable. */
function parse(pem: string): readonly Certificate[] | undefined {
  const read = readPem(pem)?.map(({ raw }) => parseCertificate(new Uint8Array(raw)))
  const parsed = read?.flatMap((one) => (one.ok ? [one.value] : []))
  return parsed?.length === read?.length ? parsed : undefined
}

function overlaps(bundle: string, trusted: string): boolean {
  const known = fingerprints(trusted)
  return fingerprints(bundle).some((fingerprint) => known.includes(fingerprint))
}

const fingerprints = (pem: string): readonly string[] =>
  (readPem(pem) ?? []).map(({ fingerprint256 }) => fingerprint256)

const join = (certificate: string, chain: string): string =>
  chain.trim() === '' ? certificate : `${certificate.trimEnd()}\n${chain}`
