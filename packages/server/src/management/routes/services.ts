import { z } from 'zod'
import { createPrincipal, updatePrincipal } from '../../credentials/principals.ts'
import { input, output } from '../components.ts'
import { given } from '../fields.ts'
import { route, type Route } from '../route.ts'
import { principalMembers, principalRoutes, principalView, shownAs } from './principals.ts'

const Service = output('Service', z.object(principalMembers))

const NewService = input(
  'NewService',
  z.strictObject({
    name: given.name,
    scopes: given.scopes.meta({ description: 'The most its keys may be granted.' }),
    metadata: given.metadata.optional(),
  }),
)

const ServiceChange = input('ServiceChange', NewService.partial())

/** Services: workloads that hold API keys. */
export const serviceRoutes: readonly Route[] = [
  route({
    method: 'post',
    path: '/v1/services',
    scope: 'countersign:services:write',
    summary: 'Make a service',
    body: NewService,
    response: Service,
    status: 201,
    async handle({ ctx, tenant, actor, body }) {
      const made = await createPrincipal(ctx, { ...body, tenant, kind: 'service' }, actor)
      return shownAs(made, principalView)
    },
  }),
  ...principalRoutes({ kind: 'service', noun: 'services', view: Service, show: principalView }),
  route({
    method: 'patch',
    path: '/v1/services/{id}',
    scope: 'countersign:services:write',
    summary: 'Change a service; its keys do no more than its scopes from now on',
    body: ServiceChange,
    response: Service,
    status: 200,
    async handle({ ctx, tenant, actor, param, body: change }) {
      const ref = { tenant, kind: 'service', id: param('id') } as const
      return shownAs(await updatePrincipal(ctx, { ...ref, change }, actor), principalView)
    },
  }),
]
