import type { Call, CommandSpec } from '../command.ts'
import { connect } from '../connection/connect.ts'
import { usage } from '../exit.ts'
import { readSecret } from '../input.ts'
import { textOf } from '../json.ts'
import { column, stateOf, timeOf } from './columns.ts'
import { listCommand, revokeCommand, showIssued, type Resource } from './resource.ts'

const USERS: Resource = {
  noun: 'users',
  one: 'user',
  path: '/v1/users',
  columns: [
    column('ID', 'id'),
    column('USERNAME', 'username'),
    column('NAME', 'name'),
    column('SCOPES', 'scopes'),
    ['CREATED', (row) => timeOf(row, 'createdAt')],
    ['STATE', stateOf],
  ],
}

const create: CommandSpec = {
  name: 'users create',
  summary: 'make a user who can call with Basic',
  details:
    'Makes a user. The password comes from --password-file (- is stdin); without it a strong one is made and shown once.',
  example: 'users create alice --scope orders:read --password-file ./alice.password',
  arguments: [['<username>', 'name the user signs in with']],
  scope: 'authority',
  flags: [
    { spelling: '--name <name>', summary: 'what the user is called (default: the username)' },
    { spelling: '--scope <scope>', summary: 'what the user may do', repeats: true },
    { spelling: '--password-file <file>', summary: 'file with the password, or - for stdin' },
  ],
  run: async (call) => {
    const { flags, arguments: names } = call
    const [username = ''] = names
    const password = await givenPassword(call)
    const name = flags.text('name') ?? username
    const body = { username, name, scopes: flags.list('scope') }
    const api = await connect(call)
    const user = await api.post(USERS.path, password === undefined ? body : { ...body, password })
    showIssued(call, user, {
      title: 'user created',
      facts: [
        ['id', textOf(user, 'id')],
        ['username', textOf(user, 'username')],
        ['scopes', textOf(user, 'scopes')],
      ],
      secret: password === undefined ? textOf(user, 'password') : undefined,
    })
  },
}

async function givenPassword(call: Call): Promise<string | undefined> {
  const { flags } = call
  const file = flags.text('passwordFile')
  if (file === undefined) return undefined
  if (file === '-' && flags.text('keyFile') === '-')
    throw usage('stdin cannot carry both the key and the password')
  return readSecret('password', file, call)
}

/** Users. */
export const usersCommands: readonly CommandSpec[] = [
  create,
  listCommand(USERS),
  revokeCommand(USERS),
]
