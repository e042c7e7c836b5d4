import type { CommandSpec } from '../command.ts'
import { connect } from '../connection/connect.ts'
import { objectsOf, type Json } from '../json.ts'
import type { Columns } from '../output/terminal.ts'
import { column, timeOf } from './columns.ts'

const PATH = '/v1/signing-keys'

const COLUMNS: Columns<Json> = [
  column('KID', 'id'),
  column('ALG', 'algorithm'),
  column('STATE', 'state'),
  ['SIGNS FROM', (row) => timeOf(row, 'signsAt')],
  ['RETIRED', (row) => timeOf(row, 'retiredAt')],
  ['DELETED', (row) => timeOf(row, 'deletesAt')],
]

const list: CommandSpec = {
  name: 'jwks list',
  summary: 'list signing keys and where each stands in its rotation',
  example: 'jwks list',
  scope: 'authority',
  run: async (call) => {
    const answer = await (await connect(call)).get(PATH)
    call.terminal.result(answer, () => {
      call.terminal.table(objectsOf(answer['items']), COLUMNS, 'no signing keys')
    })
  },
}

const rotate: CommandSpec = {
  name: 'jwks rotate',
  summary: 'start the rotation of the signing key',
  details:
    'Publishes a new key, which signs once every verifier can have fetched it. --compromised signs with it at once and revokes every token of the old one.',
  example: 'jwks rotate --compromised',
  scope: 'authority',
  flags: [{ spelling: '--compromised', summary: 'the private key is known to somebody else' }],
  run: async (call) => {
    const compromised = call.flags.on('compromised')
    const answer = await (await connect(call)).post(`${PATH}/rotate`, { compromised })
    call.terminal.result(answer, () => {
      call.terminal.table(objectsOf(answer['items']), COLUMNS, 'no signing keys')
    })
  },
}

/** Signing keys. */
export const jwksCommands: readonly CommandSpec[] = [list, rotate]
