import type { CommandSpec } from '../command.ts'
import { connect } from '../connection/connect.ts'
import { CliError } from '../exit.ts'
import { textOf } from '../json.ts'
import { column, timeOf } from './columns.ts'
import { listCommand, type Resource } from './resource.ts'

const EVENTS: Resource = {
  noun: 'events',
  one: 'event',
  path: '/v1/events',
  columns: [
    column('SEQ', 'sequence'),
    ['AT', (row) => timeOf(row, 'at')],
    column('TYPE', 'type'),
    column('ACTOR', 'actor'),
    column('SUBJECT', 'subject'),
  ],
}

const verify: CommandSpec = {
  name: 'events verify',
  summary: 'check that no line of the audit log was changed or removed',
  details:
    'Recomputes the hash chain of the audit log. A chain that was rewritten whole still fits: compare the head with one kept elsewhere.',
  example: 'events verify',
  scope: 'authority',
  run: async (call) => {
    const answer = await (await connect(call)).post('/v1/events/verify', {})
    call.terminal.result(answer, () => {
      if (answer['intact'] !== true) return
      call.terminal.line(`intact: ${textOf(answer, 'events')} events`)
      call.terminal.line(`head: ${textOf(answer, 'head')}`)
    })
    if (answer['intact'] !== true)
      throw new CliError(
        'failure',
        `the log was tampered with at event ${textOf(answer, 'brokenAt')}`,
      )
  },
}

/** The audit log. */
export const eventsCommands: readonly CommandSpec[] = [verify, listCommand(EVENTS)]
