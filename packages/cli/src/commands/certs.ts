import type { CommandSpec } from '../command.ts'
import { column, stateOf, timeOf } from './columns.ts'
import { listCommand, revokeCommand, type Resource } from './resource.ts'

const CERTIFICATES: Resource = {
  noun: 'certs',
  one: 'certificate',
  path: '/v1/certificates',
  columns: [
    column('ID', 'id'),
    column('NAME', 'name'),
    column('PRINCIPAL', 'principalId'),
    column('SCOPES', 'scopes'),
    ['EXPIRES', (row) => timeOf(row, 'expiresAt')],
    ['STATE', stateOf],
  ],
}

const revoke: CommandSpec = {
  ...revokeCommand(CERTIFICATES),
  details:
    'Revokes a certificate: its next request is refused, and its connections are closed. The id is the x5t#S256; one that begins with a dash goes after `--`.',
  example: 'certs revoke -- <id>',
}

/** Client certificates that the CA of the authority issued. */
export const certsCommands: readonly CommandSpec[] = [listCommand(CERTIFICATES), revoke]
