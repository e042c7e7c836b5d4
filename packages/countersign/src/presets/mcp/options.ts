import { assertConfig } from '../../core/errors.ts'
import type { GuardOptions } from '../../core/guard-options.ts'
import type { Method } from '../../core/method.ts'
import { issuerKeySet } from '../../jose/issuer-key-set.ts'
import type { DiscoveryOptions } from '../../jose/issuer-metadata.ts'
import type { DpopOptions } from '../../methods/dpop/options.ts'
import { dpop } from '../../methods/dpop/verify.ts'
import type { JwtIssuer, JwtRules } from '../../methods/jwt/options.ts'
import { jwt } from '../../methods/jwt/verify.ts'
import type { OperationRules } from './operation.ts'

/** What holds for every MCP server. */
export interface McpRules extends OperationRules {
  /**
   * The URL that clients connect to, `https://mcp.example/mcp`, in canonical form (RFC 8707; see
   * `identifier` of a protected resource). Tokens must name it as their audience.
   */
  readonly resource: string
  /** Scopes that every request needs. */
  readonly scopes?: readonly string[]
  /** Scopes that clients are told of. @defaultValue all that are asked for anywhere */
  readonly scopesSupported?: readonly string[]
  /** Web origins whose pages may call, beside that of `resource`. */
  readonly origins?: readonly string[]
  readonly name?: string
  readonly documentation?: string
  /** Takes tokens that are bound to a DPoP key as well (RFC 9449). */
  readonly dpop?: DpopOptions
  /** Of the guard beneath: limits, networks, proxies, decisions, clock. */
  readonly guard?: Pick<
    GuardOptions,
    'limits' | 'networks' | 'trustedProxies' | 'onDecision' | 'clock' | 'realm'
  >
}

/** An issuer whose JWTs are verified with the keys that its metadata names. */
export interface McpIssuer {
  /** The `iss` of its tokens: any authorization server with RFC 8414 or OpenID metadata. */
  readonly issuer: string
  /** How its tokens are judged, where the defaults of `jwt` are not its ways. */
  readonly jwt?: Partial<
    Pick<JwtIssuer, 'algorithms' | 'keys' | 'tenant' | 'tokenType' | 'profile'>
  > &
    Pick<JwtRules, 'maxLifetimeSeconds' | 'revocations' | 'claimsToPrincipal' | 'requiredClaims'>
  /** How its metadata and keys are fetched. */
  readonly discovery?: DiscoveryOptions
}

/** Ways to authenticate of one's own: `authority({ … }).methods`, opaque tokens, API keys. */
export interface McpMethods {
  /** Issuers to send clients to; at least one. */
  readonly authorizationServers: readonly string[]
  /** Makes them for the audiences that name this server; anything else must be refused. */
  readonly methods: (audience: readonly string[]) => readonly Method[]
}

/** Options of {@link mcp}. */
export type McpOptions = McpRules & (McpIssuer | McpMethods)

/** Asymmetric, of which issuers use one or the other. Each key is bound to its own. */
const ALGORITHMS = ['ES256', 'RS256', 'PS256', 'EdDSA', 'Ed25519', 'ES384']

/** What an MCP server accepts, and where clients get it. */
export interface McpAccess {
  readonly authorizationServers: readonly string[]
  readonly methods: readonly Method[]
}

/** Composes the methods. Throws a {@link ConfigError} for what cannot be meant. */
export function resolveAccess(options: McpOptions): McpAccess {
  const audience = audiencesOf(options.resource)
  const { authorizationServers, methods } =
    'methods' in options
      ? { ...options, methods: options.methods(audience) }
      : { authorizationServers: [options.issuer], methods: [verifierOf(options, audience)] }
  const { dpop: proofs } = options
  const taken = proofs === undefined ? methods : methods.map((method) => dpop(method, proofs))
  return { authorizationServers, methods: taken }
}

function verifierOf(
  { issuer, jwt: rules, discovery, guard }: McpRules & McpIssuer,
  audience: readonly string[],
): Method {
  assertConfig(
    typeof issuer === 'string',
    'CS_CONFIG_MCP_ISSUER',
    'mcp: name the issuer of the tokens, or the methods that accept them',
  )
  const clock = guard?.clock === undefined ? {} : { clock: guard.clock }
  const keys = rules?.keys ?? issuerKeySet({ issuer, ...discovery, ...clock })
  return jwt({ algorithms: ALGORITHMS, ...rules, issuer, audience, keys })
}

/**
 * How tokens may write the identifier of a server at the root: URL parsers of clients add the slash
 * that the canonical form leaves out (RFC 3986 §6.2.3 calls both the same).
 */
const audiencesOf = (resource: string): readonly string[] =>
  URL.canParse(resource) && new URL(resource).pathname === '/'
    ? [resource, `${resource}/`]
    : [resource]
