import type { CommandSpec } from '../command.ts'
import { connect } from '../connection/connect.ts'
import { textOf } from '../json.ts'
import { column, stateOf, timeOf } from './columns.ts'
import { listCommand, revokeCommand, showIssued, type Resource } from './resource.ts'

const SERVICES: Resource = {
  noun: 'services',
  one: 'service',
  path: '/v1/services',
  columns: [
    column('ID', 'id'),
    column('NAME', 'name'),
    column('SCOPES', 'scopes'),
    ['CREATED', (row) => timeOf(row, 'createdAt')],
    ['STATE', stateOf],
  ],
}

const create: CommandSpec = {
  name: 'services create',
  summary: 'make a service: a workload that holds API keys',
  example: 'services create --name orders --scope orders:read --scope orders:write',
  scope: 'authority',
  flags: [
    { spelling: '--name <name>', summary: 'what it is called' },
    { spelling: '--scope <scope>', summary: 'the most its keys may be granted', repeats: true },
  ],
  run: async (call) => {
    const body = { name: call.flags.required('name'), scopes: call.flags.list('scope') }
    const service = await (await connect(call)).post(SERVICES.path, body)
    showIssued(call, service, {
      title: 'service created',
      facts: [
        ['id', textOf(service, 'id')],
        ['name', textOf(service, 'name')],
        ['scopes', textOf(service, 'scopes')],
      ],
      secret: undefined,
    })
  },
}

/** Services. */
export const servicesCommands: readonly CommandSpec[] = [
  create,
  listCommand(SERVICES),
  revokeCommand(SERVICES),
]
