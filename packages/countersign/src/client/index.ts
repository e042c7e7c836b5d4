/** For callers: `fetch` with a proof attached. */
export { apiKey } from './api-key.ts'
export { clientCredentials, type ClientCredentialsOptions } from './client-credentials.ts'
export { dpop, type DpopOptions } from './dpop.ts'
export type { Fetch, Proof, Try } from './proof.ts'
export { signed, type SignedOptions } from './signed.ts'
export { sigv4, type SigV4ProofOptions } from './sigv4.ts'
export { webBotAuth, type WebBotAuthProofOptions } from './web-bot-auth.ts'
export { withProof, type WithProofOptions } from './with-proof.ts'
