import { equalDigests } from '../../../core/constant-time.ts'
import { assertConfig } from '../../../core/errors.ts'
import { map } from '../../../core/maybe.ts'
import type { Secret } from '../../../core/secret.ts'
import { thumbprintOf } from '../denial.ts'
import { assertProofField, proofSecrets, type ProofCheck } from './proof-check.ts'
import { stampProof, type StampProof } from './stamp.ts'

/** A secret that the proxy sends with every request, and nobody else knows. */
export interface SecretProof {
  /** The field, in lower case; the proxy overwrites it on every request: `x-proxy-proof`. */
  readonly field: string
  /**
   * At least 32 visible ASCII characters, random: `openssl rand -hex 32`. Several while one is
   * being replaced.
   */
  readonly secrets: readonly Secret[]
}

/**
 * The certificate of the proxy's own, on its TLS connection to this process, whose server asks for
 * one (`requestCert`). It is pinned: neither its dates nor its issuer are looked at.
 */
export interface CertificateProof {
  readonly certificate: {
    /** `x5t#S256`: base64url SHA-256 of its DER. Several while one is being replaced. */
    readonly thumbprints: readonly string[]
  }
}

/** The connection came over a unix socket: who may connect is for the permissions of its file. */
export interface UnixSocketProof {
  readonly unixSocket: true
}

/** How a proxy proves that it is one. An address is no proof. */
export type ProxyProof = SecretProof | CertificateProof | UnixSocketProof | StampProof

/**
 * Makes the check of a proof.
 *
 * @param fields - The fields of the dialect, which a stamp covers.
 * @throws {@link ConfigError} for a proof that proves nothing.
 */
export function proofCheck(proof: ProxyProof, fields: readonly string[]): ProofCheck {
  const kinds = ['secrets', 'certificate', 'unixSocket', 'hmacSecrets'].filter(
    (kind) => kind in proof,
  )
  assertConfig(
    kinds.length === 1,
    'CS_CONFIG_MTLS_PROOF',
    'mtls: proof has one of secrets, certificate, unixSocket and hmacSecrets',
  )
  if ('unixSocket' in proof) return unixSocketProof(proof)
  if ('certificate' in proof) return certificateProof(proof)
  return 'hmacSecrets' in proof ? stampProof(proof, fields) : secretProof(proof)
}

const yes = (): boolean => true

function unixSocketProof({ unixSocket }: UnixSocketProof): ProofCheck {
  assertConfig(unixSocket, 'CS_CONFIG_MTLS_PROOF', 'mtls: proof.unixSocket is true')
  return { claims: ({ view }) => view.unixSocket === true, proves: yes }
}

function certificateProof({ certificate: { thumbprints } }: CertificateProof): ProofCheck {
  assertConfig(
    thumbprints.length > 0 && thumbprints.every((text) => /^[\w-]{43}$/.test(text)),
    'CS_CONFIG_MTLS_PROOF_CERTIFICATE',
    'mtls: proof.certificate.thumbprints has at least one: the base64url SHA-256 of a DER',
  )
  return {
    claims: ({ view }) => view.peerCertificate !== undefined,
    proves: ({ view: { peerCertificate } }) =>
      peerCertificate !== undefined &&
      map(thumbprintOf(peerCertificate.der), (thumbprint) => thumbprints.includes(thumbprint)),
  }
}

function secretProof({ field, secrets }: SecretProof): ProofCheck {
  assertProofField(field)
  const known = proofSecrets(secrets)
  const claims: ProofCheck['claims'] = ({ view }) => {
    const [value = '', ...others] = view.header(field)
    // Every secret is compared, whole: which of them matched takes no other time.
    const matches = known.filter((secret) => equalDigests(value, secret))
    return matches.length > 0 && others.length === 0
  }
  return { claims, proves: yes }
}
