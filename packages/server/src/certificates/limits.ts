/** Every number of the small CA, with its unit and its reason. */
export const CERTIFICATE_LIMITS = Object.freeze({
  /** The longest a certificate lives (SR-304): what a stolen key is worth when nobody notices. */
  maxTtlSeconds: 86_400,
  /** Shorter ones are renewed so often that a slow clock never has a good one. */
  minTtlSeconds: 60,
  /** Certificates and CRLs begin this much in the past, for verifiers whose clock is slow. */
  toleranceSeconds: 60,
  /** An RSA-8192 request with a few names is 3 KiB. Checked before anything is decoded. */
  maxCsrBytes: 16_384,
  /** Names of one certificate. */
  maxNames: 16,
  /** NIST SP 800-57: 112 bits of strength is the least there is. */
  minRsaBits: 2048,
  /** Every handshake of every verifier pays for the size of the key. */
  maxRsaBits: 8192,
  /** SPIFFE-ID §2.3. */
  maxSpiffeIdBytes: 2048,
})
