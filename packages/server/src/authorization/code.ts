import type { AuthorizationRequest } from './request.ts'

/** What a code keeps of its request for the token endpoint: its `data` in the store. */
export interface CodeData {
  readonly redirectUri: string
  /** S256 of the verifier (RFC 7636 §4.2). */
  readonly codeChallenge: string
  /** The key that must redeem it (RFC 9449 §10). */
  readonly dpopJkt?: string
  readonly scopes: readonly string[]
  readonly resources: readonly string[]
}

/** What a code is bound to. */
export const codeData = (request: AuthorizationRequest): CodeData => ({
  redirectUri: request.redirectUri,
  codeChallenge: request.codeChallenge,
  ...(request.dpopJkt === undefined ? {} : { dpopJkt: request.dpopJkt }),
  scopes: request.scopes,
  resources: request.resources,
})
