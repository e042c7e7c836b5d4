import type { CommandSpec } from '../command.ts'
import { connect } from '../connection/connect.ts'
import type { Json } from '../json.ts'
import type { Columns } from '../output/terminal.ts'
import { column, stateOf, timeOf } from './columns.ts'
import { idOf, readList } from './resource.ts'

const COLUMNS: Columns<Json> = [
  column('PERSON', 'principalId'),
  column('CLIENT', 'clientId'),
  column('SCOPES', 'scopes'),
  ['SINCE', (row) => timeOf(row, 'createdAt')],
  ['STATE', stateOf],
]

const list: CommandSpec = {
  name: 'consents list',
  summary: 'list what people agreed to, newest first',
  example: 'consents list --principal usr_… --json',
  scope: 'authority',
  flags: [
    { spelling: '--principal <id>', summary: 'of this person only' },
    { spelling: '--client <id>', summary: 'for this client only' },
    { spelling: '--limit <count>', summary: 'at most so many (default: 100)' },
    { spelling: '--cursor <cursor>', summary: 'continue where the last list ended' },
  ],
  run: async (call) => {
    const { flags, terminal } = call
    const found = await readList(await connect(call), '/v1/consents', {
      limit: flags.integer('limit') ?? 100,
      cursor: flags.text('cursor'),
      filter: { principalId: flags.text('principal'), clientId: flags.text('client') },
    })
    terminal.result(found, () => {
      terminal.table(found.items, COLUMNS, 'no consents')
      if (found.cursor !== null)
        terminal.note(`more: countersign consents list --cursor ${found.cursor}`)
    })
  },
}

const revoke: CommandSpec = {
  name: 'consents revoke',
  summary: 'take a consent back, with all access of the client to this person',
  details:
    'Ends the consent and every grant of the person and the client. Verifiers refuse their tokens within the bound of the change feed; the person is asked anew.',
  example: 'consents revoke usr_… cli_…',
  arguments: [
    ['<person>', 'id of the person'],
    ['<client>', 'id of the client'],
  ],
  scope: 'authority',
  run: async (call) => {
    const [person = '', client = ''] = call.arguments
    const of = (id: string): string => idOf({ ...call, arguments: [id] })
    await (await connect(call)).delete(`/v1/consents/${of(person)}/${of(client)}`)
    call.terminal.result({ principalId: person, clientId: client, revoked: true }, () => {
      call.terminal.line(`revoked the consent of ${person} for ${client}`)
    })
  },
}

/** Consents of people. */
export const consentsCommands: readonly CommandSpec[] = [list, revoke]
