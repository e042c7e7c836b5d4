import { UnavailableError, type Principal, type Result } from 'countersign'
import { Hono, type Context } from 'hono'
import type { Actor } from '../credentials/actor.ts'
import type { ApiConnection } from '../http/connection.ts'
import { UnstorableTextError } from '../model/errors.ts'
import { readJson } from './body.ts'
import { openApiDocument } from './openapi.ts'
import { inputErrors, invalidInput, problemResponse, refusalResponse } from './problems.ts'
import { admit } from './protect.ts'
import { readQuery } from './query.ts'
import type { Route, RouteCall } from './route.ts'
import type { ManagementOptions } from './services.ts'
import { TABLE } from './table.ts'

/** The management API as the router hands requests to it. */
export interface Management {
  /** @param request - Its path is below the tenant's base: `/v1/…`. */
  fetch(request: Request, connection: ApiConnection): Promise<Response>
}

type Api = { Bindings: ApiConnection }

/**
 * Mounts the table. Checks of a request, in order: path and method, credential and scope, tenant,
 * media type, size, JSON, schema, query; then the handler.
 */
export function createManagement(options: ManagementOptions): Management {
  const app = new Hono<Api>()
  const document = JSON.stringify(openApiDocument(options.ctx.issuer))
  app.get('/v1/openapi.json', (c) => c.body(document, 200, { 'content-type': 'application/json' }))
  for (const route of TABLE) {
    app.on(route.method.toUpperCase(), honoPath(route.path), (c) => serve(options, route, c))
  }
  for (const [path, allow] of methodsByPath()) {
    app.all(honoPath(path), () => problemResponse({ ...WRONG_METHOD, headers: [['allow', allow]] }))
  }
  app.notFound(() => problemResponse(NO_ROUTE))
  app.onError((error) => failure(options, error))
  return { fetch: async (request, connection) => app.fetch(request, connection) }
}

const NO_ROUTE = { status: 404, code: 'not-found', title: 'There is no such resource.' } as const
const WRONG_METHOD = {
  status: 405,
  code: 'method-not-allowed',
  title: 'The resource does not have this method.',
} as const

async function serve(options: ManagementOptions, route: Route, c: Context<Api>): Promise<Response> {
  const { raw: request } = c.req
  const admitted = await admit(options.guard, route, { request, connection: c.env })
  if (!admitted.ok) return admitted.error
  const query = readQuery(request, route.query)
  if (!query.ok) return query.error
  const body = await readBody(request, route)
  if (!body.ok) return body.error
  const call = callOf(options, c, admitted.value)
  const done = await route.handle({ ...call, query: query.value, body: body.value })
  if (done instanceof Response) return done
  return done.ok ? success(route, done.value) : refusalResponse(done.error)
}

function callOf(
  { ctx, services }: ManagementOptions,
  c: Context<Api>,
  principal: Principal,
): Omit<RouteCall, 'query' | 'body'> {
  const actor: Actor = { id: principal.id, scopes: principal.scopes }
  const param = (name: string): string => c.req.param(name) ?? ''
  return { ctx, services, tenant: c.env.tenant, principal, actor, request: c.req.raw, param }
}

async function readBody(
  request: Request,
  { body, maxBodyBytes }: Route,
): Promise<Result<unknown, Response>> {
  if (body === undefined) return { ok: true, value: undefined }
  const json = await readJson(request, maxBodyBytes)
  if (!json.ok) return json
  const parsed = body.safeParse(json.value)
  if (parsed.success) return { ok: true, value: parsed.data }
  return { ok: false, error: invalidInput(inputErrors(parsed.error)) }
}

/** Answers may hold a secret that is shown once: no cache keeps any of them (SR-027). */
function success({ status }: Route, body: unknown): Response {
  const headers = { 'cache-control': 'no-store' }
  return status === 204
    ? new Response(null, { status, headers })
    : Response.json(body, { status, headers })
}

function failure({ ctx }: ManagementOptions, error: Error): Response {
  if (error instanceof UnstorableTextError) {
    return problemResponse({ status: 400, code: 'bad-request', title: error.message })
  }
  if (error instanceof UnavailableError) {
    const { control, retryAfterSeconds } = error
    ctx.log.warn({ control }, 'the management API cannot answer now')
    const headers = [['retry-after', String(retryAfterSeconds)]] as const
    const title = 'The service is temporarily unavailable.'
    return problemResponse({ status: 503, code: 'unavailable', title, headers })
  }
  ctx.log.error({ err: error }, 'the management API failed')
  return problemResponse({ status: 500, code: 'internal', title: 'Something went wrong here.' })
}

const honoPath = (path: string): string => path.replaceAll(/\{(\w+)\}/g, ':$1')

function methodsByPath(): ReadonlyMap<string, string> {
  const methods = new Map<string, string>()
  for (const { path, method } of TABLE) {
    const known = methods.get(path)
    methods.set(path, [known, method.toUpperCase()].filter(Boolean).join(', '))
  }
  return methods
}
