import { assertConfig } from '../../core/errors.ts'
import type { OperationScopes } from '../../core/guard-options.ts'
import { map } from '../../core/maybe.ts'
import type { BodyBytes } from '../../core/request.ts'
import { assertScopes } from '../../core/scope.ts'
import { rejected, type Rejected } from '../../core/verdict.ts'

/** Scopes by what a JSON-RPC message asks for, beside those that every request needs. */
export interface OperationRules {
  /** By the name of a tool, for `tools/call`; `*` is every tool that is not named. */
  readonly tools?: Readonly<Record<string, readonly string[]>>
  /** By JSON-RPC method: `resources/read`, `tools/call` for every tool. */
  readonly operations?: Readonly<Record<string, readonly string[]>>
  /** Largest message that is read. @defaultValue 4 MiB, as in the official SDK */
  readonly maxBodyBytes?: number
}

const MAX_BODY_BYTES = 4 * 1024 * 1024
const NONE: readonly string[] = Object.freeze([])
/** Without a message: the stream of a session, its end. */
const BODILESS = new Set(['GET', 'HEAD', 'DELETE', 'OPTIONS'])

/** Every scope that the rules ask for anywhere. */
export const scopesOfRules = ({
  tools = {},
  operations = {},
}: OperationRules): readonly string[] => [
  ...new Set([...Object.values(tools), ...Object.values(operations)].flat()),
]

/**
 * Makes what tells the scopes of a message, or undefined where no rule depends on one: bodies are
 * then left alone.
 *
 * Reads the body with `JSON.parse`, as the SDK does, so that both see the same message, and leaves it to
 * the handler. A list of messages (batches of protocol 2025-03-26) needs the scopes of them all. What
 * cannot be read is refused: whoever parses it otherwise must not serve it.
 *
 * @throws {@link ConfigError} for rules that cannot be meant.
 */
export function operationScopes(rules: OperationRules): OperationScopes | undefined {
  const { tools = {}, operations = {}, maxBodyBytes = MAX_BODY_BYTES } = rules
  for (const [name, scopes] of Object.entries(tools)) assertScopes(scopes, `mcp.tools.${name}`)
  for (const [name, scopes] of Object.entries(operations)) {
    assertScopes(scopes, `mcp.operations.${name}`)
  }
  assertConfig(
    Number.isSafeInteger(maxBodyBytes) && maxBodyBytes > 0,
    'CS_CONFIG_MCP_BODY',
    'mcp.maxBodyBytes is a number of bytes',
  )
  if (scopesOfRules(rules).length === 0) return undefined
  return (view) => {
    if (BODILESS.has(view.method)) return NONE
    return map(view.body(maxBodyBytes), (body) => scopesOfBody(body, { tools, operations }))
  }
}

type Rules = Required<Omit<OperationRules, 'maxBodyBytes'>>

function scopesOfBody(body: BodyBytes, rules: Rules): readonly string[] | Rejected {
  if (!body.ok) return rejected(body.error)
  const messages = [parse(body.value)].flat()
  const asked: string[] = []
  for (const message of messages) {
    const scopes = scopesOfMessage(message, rules)
    if (scopes === undefined) return rejected('request.operation-unreadable')
    asked.push(...scopes)
  }
  return asked
}

/** Undefined for what is no JSON, which is no message either. */
function parse(bytes: Uint8Array): unknown {
  try {
    return JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes))
  } catch {
    return undefined
  }
}

/** The scopes of one message; undefined for what is none. */
function scopesOfMessage(
  message: unknown,
  { tools, operations }: Rules,
): readonly string[] | undefined {
  if (!isObject(message)) return undefined
  const { method, params } = message
  // An answer of the client to a question of the server.
  if (method === undefined) return NONE
  if (typeof method !== 'string') return undefined
  const asked = valueOf(operations, method) ?? NONE
  if (method !== 'tools/call') return asked
  const name = isObject(params) ? params['name'] : undefined
  if (typeof name !== 'string') return undefined
  return [...asked, ...(valueOf(tools, name) ?? tools['*'] ?? NONE)]
}

/** The name is the caller's: `__proto__` and `constructor` are in no table. */
const valueOf = (
  table: Readonly<Record<string, readonly string[]>>,
  name: string,
): readonly string[] | undefined => (Object.hasOwn(table, name) ? table[name] : undefined)

const isObject = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value)
