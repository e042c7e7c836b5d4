import type { PeerCertificate } from '../../../core/request.ts'
import { err, ok, type Result } from '../../../core/result.ts'

/** Why the fields of a proven proxy cannot be believed; all are rows of the table of reasons. */
export type ForwardedError =
  | 'mtls.forwarded-repeated'
  | 'mtls.forwarded-malformed'
  | 'mtls.forwarded-unverified'
  | 'mtls.proxy-unproven'

/** What a proxy says of its client: the certificate, undefined without one, or what is wrong. */
export type Forwarded = Result<PeerCertificate | undefined, ForwardedError>

/** Reads every value of a field; the name is in lower case. */
export type FieldReader = (name: string) => readonly string[]

/** The client presented no certificate. */
export const NO_CERTIFICATE: Forwarded = ok(undefined)

/** The field is not of the dialect. */
export const MALFORMED: Forwarded = err('mtls.forwarded-malformed')

/** The proxy did not accept what the client presented. */
export const UNVERIFIED: Forwarded = err('mtls.forwarded-unverified')

/** A certificate and what came with it, leaf first. */
export function forwardedChain(certificates: readonly Uint8Array[] | undefined): Forwarded {
  const [der, ...chain] = certificates ?? []
  return der === undefined ? MALFORMED : ok({ der, chain })
}
