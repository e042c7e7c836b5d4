import type { Principal } from '../../core/principal.ts'
import type { SignatureAlgorithm } from './algorithms.ts'
import { coversDigest } from './coverage.ts'
import type { ProvenSignature } from './prove.ts'

/** What was proven, for whoever must know what of the request the caller vouched for (SR-103). */
export interface SignatureFacts {
  readonly label: string
  readonly keyId: string
  readonly algorithm: SignatureAlgorithm
  /** The covered components as they were sent: `"@method"`, `"content-digest"`. */
  readonly components: readonly string[]
  /** The body is the one that was signed. */
  readonly bodyBound: boolean
}

/** The member of the principal's `claims` that holds the {@link SignatureFacts}. */
export const SIGNATURE_CLAIM = 'httpSignature'

/** What the signature of a principal proved; undefined when it came another way. */
export const signatureFacts = ({ method, claims }: Principal): SignatureFacts | undefined =>
  method === 'http-signature'
    ? // Only `accept` of verify.ts makes principals of this method, and it always sets the member.
      (claims[SIGNATURE_CLAIM] as SignatureFacts | undefined)
    : undefined

/** The facts of a proven signature. */
export const factsOf = ({
  label,
  known,
  components,
  parameters,
}: ProvenSignature): SignatureFacts => ({
  label,
  keyId: parameters.keyId ?? known.principal.credentialId,
  algorithm: known.algorithm,
  components: components.map(({ text }) => text),
  bodyBound: coversDigest(components),
})
