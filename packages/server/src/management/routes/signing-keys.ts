import { ok } from 'countersign'
import { z } from 'zod'
import type { SigningKeyRecord } from '../../model/records.ts'
import { input, output } from '../components.ts'
import { shown } from '../fields.ts'
import { pick } from '../pick.ts'
import { route, type Route } from '../route.ts'

const SigningKey = output(
  'SigningKey',
  z.object({
    id: shown.text.meta({ description: 'The kid: the RFC 7638 thumbprint.' }),
    algorithm: shown.text,
    state: shown.text.meta({ description: 'published, signing, retired or compromised.' }),
    createdAt: shown.time,
    signsAt: shown.time,
    retiredAt: shown.timeOrNull,
    deletesAt: shown.timeOrNull,
  }),
)

const SigningKeys = output('SigningKeys', z.object({ items: z.array(SigningKey).readonly() }))

const Rotation = input(
  'SigningKeyRotation',
  z.strictObject({
    compromised: z.boolean().default(false).meta({
      description: 'Somebody else has the private key: sign with a new one now, refuse the old.',
    }),
  }),
)

const show = (record: SigningKeyRecord) =>
  pick(record, 'id', 'algorithm', 'state', 'createdAt', 'signsAt', 'retiredAt', 'deletesAt')

/** Signing keys and where each stands in its life. */
export const signingKeyRoutes: readonly Route[] = [
  route({
    method: 'get',
    path: '/v1/signing-keys',
    scope: 'countersign:signing-keys:read',
    summary: 'List signing keys',
    response: SigningKeys,
    status: 200,
    async handle({ ctx, tenant }) {
      return ok({ items: (await ctx.signingKeys.list(tenant)).map(show) })
    },
  }),
  route({
    method: 'post',
    path: '/v1/signing-keys/rotate',
    scope: 'countersign:signing-keys:write',
    summary: 'Start the rotation of the signing key',
    body: Rotation,
    response: SigningKeys,
    status: 200,
    async handle({ ctx, tenant, actor, body }) {
      const keys = await ctx.signingKeys.rotate(tenant, { ...body, actor: actor.id })
      return ok({ items: keys.map(show) })
    },
  }),
]
