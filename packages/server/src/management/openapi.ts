import { z } from 'zod'
import { inputs, outputs } from './components.ts'
import type { Route } from './route.ts'
import { TABLE } from './table.ts'

type Json = Readonly<Record<string, unknown>>

/**
 * The OpenAPI 3.1 document of the management API, written from the table that is served: a route
 * cannot be undocumented, and a schema in the document is the one that validates.
 *
 * @param issuer - Base URL of the default tenant.
 * @see [OpenAPI 3.1](https://spec.openapis.org/oas/v3.1.1.html)
 */
export function openApiDocument(issuer: string): Json {
  return {
    openapi: '3.1.1',
    info: {
      title: 'Countersign management API',
      version: '1',
      description:
        'A tenant has the same API below `/t/{tenant}`. Times are seconds since the epoch.',
    },
    servers: [{ url: issuer }],
    security: [{ key: [] }],
    paths: paths(),
    components: {
      securitySchemes: {
        key: { type: 'http', scheme: 'bearer', description: 'An API key or access token.' },
      },
      schemas: { ...schemas(inputs, 'input'), ...schemas(outputs, 'output'), Problem: PROBLEM },
      responses: { Problem: PROBLEM_RESPONSE },
    },
  }
}

const COMPONENTS = '#/components/schemas/'

/** RFC 9457, with the members that this API adds. */
const PROBLEM: Json = {
  type: 'object',
  required: ['type', 'title', 'status', 'code'],
  properties: {
    type: { type: 'string', format: 'uri' },
    title: { type: 'string' },
    status: { type: 'integer' },
    code: { type: 'string', description: 'Stable; made for programs.' },
    detail: { type: 'string' },
    decisionId: { type: 'string', description: 'For `countersign explain`.' },
    errors: {
      type: 'array',
      items: {
        type: 'object',
        required: ['pointer', 'detail'],
        properties: {
          pointer: { type: 'string', description: 'RFC 6901 pointer into the body.' },
          detail: { type: 'string', description: 'What to write instead.' },
        },
      },
    },
  },
}

const PROBLEM_RESPONSE: Json = {
  description: 'What went wrong, as problem details (RFC 9457).',
  content: { 'application/problem+json': { schema: { $ref: `${COMPONENTS}Problem` } } },
}

function schemas(registry: typeof inputs, io: 'input' | 'output'): Json {
  const options = { io, uri: (id: string) => COMPONENTS + id } as const
  const all = z.toJSONSchema(registry, options).schemas
  return Object.fromEntries(Object.entries(all).map(([id, schema]) => [id, bare(schema)]))
}

/** A schema inside a document: the document says which dialect and which place it has. */
const bare = (schema: Json): Json =>
  Object.fromEntries(Object.entries(schema).filter(([key]) => key !== '$schema' && key !== '$id'))

function paths(): Json {
  const byPath = new Map<string, Record<string, Json>>()
  for (const route of TABLE) {
    const item = byPath.get(route.path) ?? {}
    item[route.method] = operation(route)
    byPath.set(route.path, item)
  }
  return Object.fromEntries(byPath)
}

function operation(route: Route): Json {
  const { method, path, summary, scope, query, body } = route
  const parameters = [...pathParameters(path), ...queryParameters(query)]
  return {
    operationId: operationId(method, path),
    summary,
    description: `Needs the scope \`${scope}\`.`,
    tags: [path.split('/')[2] ?? ''],
    ...(parameters.length === 0 ? {} : { parameters }),
    ...(body === undefined ? {} : { requestBody: requestBody(body) }),
    responses: {
      [route.status]: success(route),
      default: { $ref: '#/components/responses/Problem' },
    },
  }
}

/** `post /v1/keys/{id}/rotate` is `post_keys_id_rotate`. */
const operationId = (method: string, path: string): string =>
  [method, ...path.split('/').slice(2)].join('_').replaceAll(/[{}]/g, '').replaceAll('-', '_')

const pathParameters = (path: string): readonly Json[] =>
  [...path.matchAll(/\{(\w+)\}/g)].map(([, name]) => ({
    name,
    in: 'path',
    required: true,
    schema: { type: 'string' },
  }))

function queryParameters(query: z.ZodObject | undefined): readonly Json[] {
  if (query === undefined) return []
  return Object.entries(query.shape).map(([name, schema]) => {
    const { description, ...rest } = bare(z.toJSONSchema(schema, { io: 'input' }))
    return { name, in: 'query', description, schema: rest }
  })
}

const requestBody = (schema: z.ZodType): Json => ({
  required: true,
  content: { 'application/json': { schema: reference(inputs, schema) } },
})

function success({ status, response, mediaType = 'application/json' }: Route): Json {
  if (status === 204) return { description: 'Done.' }
  const schema = response === undefined ? { type: 'string' } : reference(outputs, response)
  return { description: 'Done.', content: { [mediaType]: { schema } } }
}

function reference(registry: typeof inputs, schema: z.ZodType): Json {
  const id = registry.get(schema)?.id
  if (id === undefined) throw new TypeError('a schema of the table has no name')
  return { $ref: COMPONENTS + id }
}
