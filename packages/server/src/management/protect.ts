import { answer, coversScope, err, ok, type Guard, type Principal, type Result } from 'countersign'
import { FetchExchange, toResponse } from '../http/fetch.ts'
import type { ApiConnection } from '../http/connection.ts'
import { DEFAULT_TENANT } from '../tenants/directory.ts'
import { problemResponse } from './problems.ts'
import type { Route } from './route.ts'

/** Covers every tenant; a narrower scope of the default tenant does not. */
const EVERYTHING = 'countersign:*'

/**
 * Lets a request on to a route. Checks, in order: credential and scope (the guard), tenant of the
 * caller, routes that exist at the default tenant only.
 */
export async function admit(
  guard: Guard,
  route: Route,
  { request, connection }: { readonly request: Request; readonly connection: ApiConnection },
): Promise<Result<Principal, Response>> {
  const view = new FetchExchange(request, connection)
  const decision = await guard.check(view, {
    scopes: route.ownScope === undefined ? [route.scope] : [],
  })
  // A preflight carries no credential. The API is not for pages of other origins: no CORS headers.
  if (decision.outcome === 'preflight') return err(new Response(null, { status: 204 }))
  if (decision.outcome !== 'allowed')
    return err(toResponse(answer(decision, guard), request.method))
  const { principal, decisionId } = decision
  if (mayAdminister(principal, connection.tenant, route) && holdsEither(principal, route)) {
    return ok(principal)
  }
  const title = 'The credential does not allow this.'
  return err(problemResponse({ status: 403, code: 'permission-denied', title, decisionId }))
}

/** The guard has asked for the scope, but where another one can do. */
const holdsEither = ({ scopes }: Principal, { scope, ownScope }: Route): boolean =>
  ownScope === undefined || coversScope(scopes, scope) || coversScope(scopes, ownScope)

/** A tenant's own principals, or an administrator of the whole installation. */
function mayAdminister({ tenant, scopes }: Principal, wanted: string, route: Route): boolean {
  if (route.defaultTenantOnly === true && wanted !== DEFAULT_TENANT) return false
  return tenant === wanted || (tenant === DEFAULT_TENANT && scopes.includes(EVERYTHING))
}
