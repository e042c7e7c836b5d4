import type { CommandSpec } from '../command.ts'
import { connect } from '../connection/connect.ts'
import { textOf } from '../json.ts'
import { column, stateOf, timeOf } from './columns.ts'
import { idOf, listCommand, revokeCommand, showIssued, type Resource } from './resource.ts'

const TENANTS: Resource = {
  noun: 'tenants',
  one: 'tenant',
  path: '/v1/tenants',
  columns: [
    column('ID', 'id'),
    column('NAME', 'name'),
    column('ISSUER', 'issuer'),
    ['CREATED', (row) => timeOf(row, 'createdAt')],
    ['STATE', stateOf],
  ],
}

const create: CommandSpec = {
  name: 'tenants create',
  summary: 'make a tenant: its own issuer, principals and credentials',
  example: 'tenants create acme --name "Acme Ltd"',
  arguments: [['<id>', 'id of the tenant: the <id> of its issuer <base>/t/<id>']],
  scope: 'authority',
  flags: [{ spelling: '--name <name>', summary: 'what it is called (default: the id)' }],
  run: async (call) => {
    const id = idOf(call)
    const body = { id, name: call.flags.text('name') ?? id }
    const tenant = await (await connect(call)).post(TENANTS.path, body)
    showIssued(call, tenant, {
      title: 'tenant created',
      facts: [
        ['id', textOf(tenant, 'id')],
        ['name', textOf(tenant, 'name')],
      ],
      secret: undefined,
    })
  },
}

/** Tenants. */
export const tenantsCommands: readonly CommandSpec[] = [
  create,
  listCommand(TENANTS),
  revokeCommand(TENANTS),
]
