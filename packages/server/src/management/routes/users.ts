import { Secret } from 'countersign'
import { z } from 'zod'
import { updatePrincipal } from '../../credentials/principals.ts'
import { changePassword, createUser } from '../../credentials/users.ts'
import type { PrincipalRecord } from '../../model/records.ts'
import { userClaims } from '../../oidc/claims.ts'
import { input, output } from '../components.ts'
import { given, shown } from '../fields.ts'
import { route, type Route } from '../route.ts'
import { principalMembers, principalRoutes, principalView, shownAs } from './principals.ts'

const GENERATED = 'Only where none was given: generated, and shown this once.'

const userMembers = { ...principalMembers, username: shown.textOrNull } as const
const User = output('User', z.object(userMembers))
const password = shown.text.optional().meta({ description: GENERATED })
const IssuedUser = output('IssuedUser', z.object({ ...userMembers, password }))
const IssuedPassword = output('IssuedPassword', z.object({ id: shown.text, password }))

const givenPassword = z.string().max(256).optional().meta({
  description: 'At least 8 characters. A strong one is made where none is given.',
  writeOnly: true,
})

/** What applications are told of a person is part of it, and so is held to its shape. */
const userMetadata = z.object({ claims: userClaims.optional() }).catchall(z.json()).meta({
  description: 'Your own; `claims` is what OpenID Connect tells applications that may know.',
})

const NewUser = input(
  'NewUser',
  z.strictObject({
    username: z.string().max(128),
    name: given.name,
    scopes: given.scopes,
    metadata: userMetadata.optional(),
    password: givenPassword,
  }),
)

const UserChange = input('UserChange', NewUser.omit({ username: true, password: true }).partial())

const NewPassword = input('NewPassword', z.strictObject({ password: givenPassword }))

const show = (record: PrincipalRecord) => ({
  ...principalView(record),
  username: record.username,
})

const secretOf = (text: string | undefined): Secret | undefined =>
  text === undefined ? undefined : new Secret(text)

const revealed = (secret: Secret | undefined) =>
  secret === undefined ? {} : { password: secret.reveal() }

/** Users: people who call with a password (Basic). */
export const userRoutes: readonly Route[] = [
  route({
    method: 'post',
    path: '/v1/users',
    scope: 'countersign:users:write',
    summary: 'Make a user',
    body: NewUser,
    response: IssuedUser,
    status: 201,
    async handle({ ctx, tenant, actor, body }) {
      const user = { ...body, tenant, password: secretOf(body.password) }
      const made = await createUser(ctx, user, actor)
      return shownAs(made, (issued) => ({ ...show(issued.user), ...revealed(issued.password) }))
    },
  }),
  ...principalRoutes({ kind: 'user', noun: 'users', view: User, show }),
  route({
    method: 'patch',
    path: '/v1/users/{id}',
    scope: 'countersign:users:write',
    summary: 'Change a user',
    body: UserChange,
    response: User,
    status: 200,
    async handle({ ctx, tenant, actor, param, body: change }) {
      const ref = { tenant, kind: 'user', id: param('id') } as const
      return shownAs(await updatePrincipal(ctx, { ...ref, change }, actor), show)
    },
  }),
  route({
    method: 'post',
    path: '/v1/users/{id}/password',
    scope: 'countersign:users:write',
    summary: 'Give a user another password; the old one ends at once',
    body: NewPassword,
    response: IssuedPassword,
    status: 200,
    async handle({ ctx, tenant, actor, param, body }) {
      const id = param('id')
      const wanted = { tenant, id, password: secretOf(body.password) }
      const changed = await changePassword(ctx, wanted, actor)
      return shownAs(changed, (generated) => ({ id, ...revealed(generated) }))
    },
  }),
]
