import { assertConfig } from '../../core/errors.ts'
import { guard, type Guard } from '../../core/guard.ts'
import type { Challenge } from '../../core/method.ts'
import type { Principal } from '../../core/principal.ts'
import type { ProtectedResourceOptions } from '../../core/protected-resource.ts'
import type { RequestView } from '../../core/request.ts'
import type { Requirement } from '../../core/requirement.ts'
import { assertScopes } from '../../core/scope.ts'
import { authInfoOf, type McpAuthInfo, type McpRequest } from './auth-info.ts'
import { operationScopes, scopesOfRules } from './operation.ts'
import { resolveAccess, type McpOptions } from './options.ts'

/** A guard for an MCP server: give it to `protect` of any framework. */
export interface McpDesk extends Guard {
  /** The caller in the shape of the SDK, for `handler.fetch(request, { authInfo })`. */
  authInfo(principal: Principal): McpAuthInfo
  /** A middleware that stands after `protect` and sets `request.auth`, where the SDK looks for it. */
  attachAuthInfo(this: void, request: McpRequest, response: unknown, next: () => void): void
}

/**
 * Makes the guard of an MCP server that keeps the duties of a resource server (MCP authorization
 * 2026-07-28). It answers requests for its metadata (RFC 9728), takes tokens for its own URL only,
 * names metadata and scopes in its challenges, asks for the scopes of the tool that is called, and
 * refuses pages of other web origins (DNS rebinding).
 *
 * Checks, in order: those of a guard, the scopes of `scopes`, `tools` and `operations` together. The
 * message is read after the caller is known, up to `maxBodyBytes`, and left to the handler: no body
 * parser may stand before it, unless there are neither `tools` nor `operations`.
 *
 * Does not know sessions of the transport; the SDK's session id is no credential.
 *
 * @throws {@link ConfigError} for options that cannot be meant.
 *
 * @example
 * ```ts
 * const desk = mcp({ resource: 'https://mcp.example/mcp', issuer: 'https://auth.example', scopes: ['mcp:use'] })
 * app.use(protect(desk), desk.attachAuthInfo)
 * ```
 * @see [MCP authorization](https://modelcontextprotocol.io/specification/2026-07-28/basic/authorization)
 */
export function mcp(options: McpOptions): McpDesk {
  const { scopes = [], origins = [] } = options
  assertScopes(scopes, 'mcp.scopes')
  const { authorizationServers, methods } = resolveAccess(options)
  const byOperation = operationScopes(options)
  const desk = guard({
    ...options.guard,
    methods,
    origins: [originOf(options.resource), ...origins],
    resource: resourceOf(options, authorizationServers),
    ...(byOperation === undefined ? {} : { operationScopes: byOperation }),
  })
  const { resource } = desk
  assertConfig(resource !== undefined, 'CS_CONFIG_MCP_RESOURCE', 'mcp: the guard has no resource')
  const authInfo = (principal: Principal): McpAuthInfo => authInfoOf(principal, resource)
  return Object.freeze({
    ...desk,
    challenges: bearerFirst(desk.challenges),
    check: (view: RequestView, requirement: Requirement = {}) =>
      desk.check(view, { ...requirement, scopes: [...scopes, ...(requirement.scopes ?? [])] }),
    authInfo,
    attachAuthInfo: (request: McpRequest, _response: unknown, next: () => void) => {
      if (request.principal !== undefined) request.auth = authInfo(request.principal)
      next()
    },
  })
}

/** Clients of the SDK read the first challenge only, and older ones know no other scheme. */
const bearerFirst = (challenges: readonly Challenge[]): readonly Challenge[] => [
  ...challenges.filter(({ scheme }) => scheme === 'Bearer'),
  ...challenges.filter(({ scheme }) => scheme !== 'Bearer'),
]

function resourceOf(
  options: McpOptions,
  authorizationServers: readonly string[],
): ProtectedResourceOptions {
  const { resource: identifier, scopes = [], name, documentation } = options
  const asked = [...new Set([...scopes, ...scopesOfRules(options)])]
  return {
    identifier,
    authorizationServers,
    scopesSupported: options.scopesSupported ?? asked,
    ...(name === undefined ? {} : { name }),
    ...(documentation === undefined ? {} : { documentation }),
  }
}

/** The guard judges the identifier; what is no URL has no origin to allow. */
const originOf = (resource: string): string =>
  URL.canParse(resource) ? new URL(resource).origin : resource
