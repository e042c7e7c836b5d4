import type { Principal } from '../../core/principal.ts'
import type { ProtectedResource } from '../../core/protected-resource.ts'

/**
 * The caller as the official SDK hands it to tools (`ctx.http.authInfo`, `extra.authInfo`): its type
 * `AuthInfo`, structurally.
 */
export interface McpAuthInfo {
  /**
   * Empty: a tool has no use for the token, which was made for this server and must not be passed on
   * (MCP authorization: token passthrough). What calls another API gets a token of its own.
   */
  readonly token: ''
  readonly clientId: string
  readonly scopes: string[]
  /** Seconds since the epoch. */
  readonly expiresAt?: number
  readonly resource: URL
  readonly resourceMetadataUrl: string
  readonly extra: { readonly principal: Principal }
}

/** A request whose handler is the SDK's: it reads `auth`. */
export interface McpRequest {
  readonly principal?: Principal | undefined
  auth?: McpAuthInfo
}

/** Says of a principal what the SDK wants to know. */
export function authInfoOf(
  principal: Principal,
  { identifier, metadataUrl }: ProtectedResource,
): McpAuthInfo {
  const { id, scopes, expiresAt } = principal
  return {
    token: '',
    clientId: principal.type === 'service' ? id : (principal.clientId ?? id),
    scopes: [...scopes],
    ...(expiresAt === undefined ? {} : { expiresAt }),
    resource: new URL(identifier),
    resourceMetadataUrl: metadataUrl,
    extra: { principal },
  }
}
