import type { Principal, Result } from 'countersign'
import type { z } from 'zod'
import type { AuthorityContext } from '../context.ts'
import type { Actor } from '../credentials/actor.ts'
import type { Refusal } from '../credentials/refusal.ts'
import type { ManagementServices } from './services.ts'

/** One authorised request to a route, its input already validated. */
export interface RouteCall<Query = unknown, Body = unknown> {
  readonly ctx: AuthorityContext
  readonly services: ManagementServices
  /** The tenant whose base path was called; the caller may administer it. */
  readonly tenant: string
  readonly principal: Principal
  readonly actor: Actor
  readonly query: Query
  readonly body: Body
  readonly request: Request
  /** A segment of the path that the route names in braces. */
  readonly param: (name: string) => string
}

/** What a handler answers: the body, a refusal, or a whole response where the body is a stream. */
export type RouteResult = Promise<Result<unknown, Refusal> | Response>

/** One row of the table. */
export interface Route {
  readonly method: 'get' | 'post' | 'patch' | 'delete'
  /** As OpenAPI writes it: `/v1/keys/{id}`. */
  readonly path: string
  /** What the caller must hold. */
  readonly scope: string
  /** Enough instead of `scope` for what is one's own: the handler asks whose it is. */
  readonly ownScope?: string
  readonly summary: string
  /** Only at the default tenant's base path. */
  readonly defaultTenantOnly?: boolean
  readonly query?: z.ZodObject
  readonly body?: z.ZodType
  /** @defaultValue 64 KiB */
  readonly maxBodyBytes?: number
  /** Absent for 204 and for streams. */
  readonly response?: z.ZodType
  readonly status: 200 | 201 | 204
  /** `text/event-stream` for streams. @defaultValue `application/json` */
  readonly mediaType?: string
  handle(call: RouteCall): RouteResult
}

interface RouteDefinition<Q extends z.ZodObject, B extends z.ZodType, R extends z.ZodType>
  extends Omit<Route, 'query' | 'body' | 'response' | 'handle'> {
  readonly query?: Q
  readonly body?: B
  readonly response?: R
  handle(
    call: RouteCall<z.output<Q>, z.output<B>>,
  ): Promise<Result<z.input<R> | undefined, Refusal> | Response>
}

/** Writes a row so that its handler is typed by its schemas. */
export const route = <
  Q extends z.ZodObject = z.ZodObject,
  B extends z.ZodType = z.ZodType,
  R extends z.ZodType = z.ZodType,
>(
  definition: RouteDefinition<Q, B, R>,
): Route => definition
