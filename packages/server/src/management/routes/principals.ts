/** Services, users and clients share their routes for reading and revoking. */
import { ok, type Result } from 'countersign'
import type { z } from 'zod'
import { findPrincipal, revokePrincipal } from '../../credentials/principals.ts'
import type { Refusal } from '../../credentials/refusal.ts'
import type { PrincipalKind, PrincipalRecord } from '../../model/records.ts'
import { output } from '../components.ts'
import { pageOf, pageQuery, shown } from '../fields.ts'
import { pick } from '../pick.ts'
import { route, type Route } from '../route.ts'

/** A noun whose records are principals. */
export interface PrincipalResource<View extends z.ZodType> {
  readonly kind: PrincipalKind
  /** `services`. */
  readonly noun: string
  readonly view: View
  readonly show: (record: PrincipalRecord) => z.input<View>
}

/** What every principal shows. */
export const principalMembers = {
  id: shown.text,
  name: shown.text,
  scopes: shown.texts.meta({ description: 'The most its credentials may be granted.' }),
  metadata: shown.metadata,
  createdAt: shown.time,
  revokedAt: shown.timeOrNull,
} as const

/** The values of {@link principalMembers}. */
export const principalView = (record: PrincipalRecord) =>
  pick(record, 'id', 'name', 'scopes', 'metadata', 'createdAt', 'revokedAt')

/** A record as its view, if there is one. */
export const shownAs = <T, V>(result: Result<T, Refusal>, show: (value: T) => V) =>
  result.ok ? ok(show(result.value)) : result

/** `GET` the list, `GET` one, `DELETE` one. */
export function principalRoutes<View extends z.ZodType>(
  resource: PrincipalResource<View>,
): readonly Route[] {
  const { kind, noun, view, show } = resource
  const name = noun.charAt(0).toUpperCase() + noun.slice(1)
  return [
    route({
      method: 'get',
      path: `/v1/${noun}`,
      scope: `countersign:${noun}:read`,
      summary: `List ${noun}, newest first, revoked ones too`,
      query: pageQuery,
      response: output(`${name}Page`, pageOf(view)),
      status: 200,
      async handle({ ctx, tenant, query }) {
        const { items, cursor } = await ctx.store.principals.list({ tenant, kind, ...query })
        return ok({ items: items.map(show), cursor })
      },
    }),
    route({
      method: 'get',
      path: `/v1/${noun}/{id}`,
      scope: `countersign:${noun}:read`,
      summary: `Show one of the ${noun}`,
      response: view,
      status: 200,
      async handle({ ctx, tenant, param }) {
        return shownAs(await findPrincipal(ctx.store, { tenant, kind, id: param('id') }), show)
      },
    }),
    route({
      method: 'delete',
      path: `/v1/${noun}/{id}`,
      scope: `countersign:${noun}:write`,
      summary: 'Revoke it with everything it holds, at once and for good',
      status: 204,
      async handle({ ctx, tenant, actor, param }) {
        const id = param('id')
        return shownAs(await revokePrincipal(ctx, { tenant, kind, id }, actor), () => undefined)
      },
    }),
  ]
}
