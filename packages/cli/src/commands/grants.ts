import type { CommandSpec } from '../command.ts'
import { connect } from '../connection/connect.ts'
import { usage } from '../exit.ts'
import { objectsOf, textOf } from '../json.ts'
import { column, stateOf, timeOf } from './columns.ts'
import { idOf, revokeCommand, type Resource } from './resource.ts'

const GRANTS: Resource = {
  noun: 'grants',
  one: 'grant',
  path: '/v1/grants',
  columns: [
    column('ID', 'id'),
    column('PRINCIPAL', 'principalId'),
    column('CLIENT', 'clientId'),
    column('SCOPES', 'scopes'),
    ['EXPIRES', (row) => timeOf(row, 'expiresAt')],
  ],
}

const list: CommandSpec = {
  name: 'grants list',
  summary: 'list the living grants of a principal, of a client, or of both',
  example: 'grants list --principal usr_… --json',
  scope: 'authority',
  flags: [
    { spelling: '--principal <id>', summary: 'what this principal granted' },
    { spelling: '--client <id>', summary: 'what this client was granted' },
  ],
  run: async (call) => {
    const { flags, terminal } = call
    const named = { principalId: flags.text('principal'), clientId: flags.text('client') }
    const query = new URLSearchParams()
    for (const [name, value] of Object.entries(named)) {
      if (value !== undefined) query.set(name, value)
    }
    if (query.size === 0) throw usage('name --principal, --client, or both')
    const found = await (await connect(call)).get(`${GRANTS.path}?${query}`)
    terminal.result(found, () => {
      terminal.table(objectsOf(found['items']), GRANTS.columns, 'no grants')
    })
  },
}

const show: CommandSpec = {
  name: 'grants show',
  summary: 'show a grant',
  example: 'grants show grt_…',
  arguments: [['<id>', 'id of the grant']],
  scope: 'authority',
  run: async (call) => {
    const grant = await (await connect(call)).get(`${GRANTS.path}/${idOf(call)}`)
    call.terminal.result(grant, () => {
      call.terminal.facts([
        ['id', textOf(grant, 'id')],
        ['principal', textOf(grant, 'principalId')],
        ['client', textOf(grant, 'clientId')],
        ['scopes', textOf(grant, 'scopes')],
        ['audiences', textOf(grant, 'audiences')],
        ['since', timeOf(grant, 'createdAt')],
        ['expires', timeOf(grant, 'expiresAt')],
        ['state', stateOf(grant)],
      ])
    })
  },
}

/** Grants. */
export const grantsCommands: readonly CommandSpec[] = [list, show, revokeCommand(GRANTS)]
