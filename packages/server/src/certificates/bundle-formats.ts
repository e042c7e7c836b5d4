import { X509Certificate } from 'node:crypto'
import { toPem } from './der.ts'
import { trustedAnchors, type TrustAnchor } from './trust-bundle.ts'

/** A SPIFFE trust bundle: a JWK set whose keys are CAs. */
export interface SpiffeBundle {
  readonly keys: readonly Readonly<Record<string, unknown>>[]
  /** Grows by every change of the set. */
  readonly spiffe_sequence: number
  /** Seconds after which to look again. */
  readonly spiffe_refresh_hint: number
}

/** The trusted CAs as one PEM file: what `ca` of a TLS library and `openssl -CAfile` take. */
export const pemBundle = (anchors: readonly TrustAnchor[]): string =>
  trustedAnchors(anchors)
    .map(({ certificate }) => toPem(certificate, 'CERTIFICATE'))
    .join('')

/**
 * The trusted CAs as a SPIFFE bundle: `use` is `x509-svid`, one certificate in `x5c`, no `kid`. It
 * vouches for one trust domain, the one it was fetched for.
 *
 * @see [SPIFFE Trust Domain and Bundle §4](https://github.com/spiffe/spiffe/blob/main/standards/SPIFFE_Trust_Domain_and_Bundle.md#4-spiffe-bundle-format)
 */
export const spiffeBundle = (
  anchors: readonly TrustAnchor[],
  version: { readonly sequence: number; readonly refreshHintSeconds: number },
): SpiffeBundle => ({
  keys: trustedAnchors(anchors).map(({ certificate }) => jwkOf(certificate)),
  spiffe_sequence: version.sequence,
  spiffe_refresh_hint: version.refreshHintSeconds,
})

function jwkOf(certificate: Uint8Array): Readonly<Record<string, unknown>> {
  const { publicKey } = new X509Certificate(certificate)
  const x5c = [Buffer.from(certificate).toString('base64')]
  return { ...publicKey.export({ format: 'jwk' }), use: 'x509-svid', x5c }
}
