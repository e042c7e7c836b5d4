import type { Attack } from '../../core/attack.ts'
import type { ReasonCode } from '../../core/reasons.ts'

/** What the attacks are made of: tokens that are good somewhere, and one that is good here. */
export interface McpAttackMaterial {
  /** A token for this server that has `scopes` and nothing else. */
  readonly token: string
  readonly otherAudience: string
  readonly otherIssuer: string
  readonly idToken: string
  /** For this server, without the scopes that every request needs. */
  readonly narrow: string
  /** The path of the metadata. */
  readonly metadataPath: string
  /** A tool that needs more than `token` has. */
  readonly tool: string
}

type Headers = Attack['headers']

/** Attacks on an MCP server. Every one must be refused with its reason, and reach no tool. */
export function mcpAttacks(material: McpAttackMaterial): readonly Attack[] {
  return [...tokens(material), ...places(material), ...messages(material), ...paths(material)]
}

const bearer = (token: string): Headers => [['authorization', `Bearer ${token}`]]

const row = (
  name: string,
  reason: ReasonCode,
  rest: Omit<Attack, 'name' | 'reason' | 'requirement'>,
): Attack => ({ name, reason, requirement: 'SR-020', method: 'POST', target: '/mcp', ...rest })

const tokens = (material: McpAttackMaterial): readonly Attack[] => [
  row('token for another server', 'jwt.audience-mismatch', {
    headers: bearer(material.otherAudience),
  }),
  row('token of another issuer', 'jwt.issuer-mismatch', { headers: bearer(material.otherIssuer) }),
  row('ID token', 'jwt.type-mismatch', { headers: bearer(material.idToken) }),
  row('token without the scope', 'permission.scope-missing', {
    headers: bearer(material.narrow),
    body: '{"jsonrpc":"2.0","id":1,"method":"ping"}',
  }),
]

const places = ({ token }: McpAttackMaterial): readonly Attack[] => [
  row('token in the query', 'request.credential-missing', {
    headers: [],
    target: `/mcp?access_token=${token}`,
  }),
  row('session instead of a token', 'request.credential-missing', {
    headers: [['mcp-session-id', 'a-session-of-somebody']],
  }),
  row('page of another origin', 'request.origin-denied', {
    headers: [...bearer(token), ['origin', 'https://evil.example']],
  }),
  row('page of no origin', 'request.origin-denied', {
    headers: [...bearer(token), ['origin', 'null']],
  }),
  row('rebound page that names our Host', 'request.origin-denied', {
    headers: [...bearer(token), ['origin', 'http://rebound.example:3000']],
    authority: 'rebound.example:3000',
  }),
]

const SCOPE: ReasonCode = 'permission.scope-missing'
const UNREADABLE: ReasonCode = 'request.operation-unreadable'

function messages({ token, tool }: McpAttackMaterial): readonly Attack[] {
  const call = `{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"${tool}"}}`
  const ping = '{"jsonrpc":"2.0","id":1,"method":"ping"}'
  const name = JSON.stringify(tool)
  const bodies: readonly (readonly [string, Uint8Array | string, ReasonCode])[] = [
    ['tool beyond its scopes', call, SCOPE],
    ['tool in a batch', `[${ping},${call}]`, SCOPE],
    ['method twice, the tool last', call.replace('{', '{"method":"ping",'), SCOPE],
    ['params twice, the tool last', call.replace('"params"', '"params":{},"params"'), SCOPE],
    ['name twice, the tool last', call.replace('"name"', '"name":"echo","name"'), SCOPE],
    ['escaped method', call.replace('tools/call', String.raw`tools\u002fcall`), SCOPE],
    ['name as a list', call.replace(name, `[${name}]`), UNREADABLE],
    ['no name', call.replace(`{"name":${name}}`, '{}'), UNREADABLE],
    ['method as a list', call.replace('"tools/call"', '["tools/call"]'), UNREADABLE],
    ['batch in a batch', `[[${call}]]`, UNREADABLE],
    ['no JSON', `${call}}`, UNREADABLE],
    ['comment', `/**/${call}`, UNREADABLE],
    ['form', `message=${call}`, UNREADABLE],
    // As replaced by a lenient decoder, another name than the one that was sent.
    ['no UTF-8', new TextEncoder().encode(call).fill(0xff, -5, -4), UNREADABLE],
    ['nothing', '', UNREADABLE],
    ['deep nesting', '['.repeat(100_000), UNREADABLE],
  ]
  return bodies.map(([what, body, reason]) =>
    row(`message: ${what}`, reason, {
      headers: [...bearer(token), ['content-type', 'application/json']],
      body,
    }),
  )
}

/** The metadata is for everybody; what stands next to it, or looks like it, is not. */
const paths = ({ metadataPath }: McpAttackMaterial): readonly Attack[] =>
  [
    [`${metadataPath}/../../../mcp`, 'dot segments'],
    [`${metadataPath}%2f..%2f..%2fmcp`, 'encoded dot segments'],
    [`${metadataPath}/`, 'a final slash'],
    [`${metadataPath};a=b`, 'a path parameter'],
    [`/mcp?${metadataPath}`, 'its name in a query'],
    [`/mcp#${metadataPath}`, 'its name in a fragment'],
  ].map(([target = '', what = '']) =>
    row(`path of the metadata with ${what}`, 'request.credential-missing', {
      headers: [],
      method: 'GET',
      target,
    }),
  )
