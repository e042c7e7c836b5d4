import type { Call, CommandSpec } from '../command.ts'
import { connect } from '../connection/connect.ts'
import { usage } from '../exit.ts'
import { timeOf } from './columns.ts'

const raiseFence: CommandSpec = {
  name: 'replay raise-fence',
  summary: 'refuse what was signed before now: after a backup was restored',
  details:
    'A database that was restored has forgotten which signed requests and proofs were used since. Whatever was signed up to --at is refused from now on, everywhere; callers that sign anew are not. It cannot be lowered again.',
  example: 'replay raise-fence --at now',
  scope: 'authority',
  flags: [
    { spelling: '--at <seconds>', summary: 'now, or seconds since the epoch (default: now)' },
  ],
  run: async (call) => {
    const fence = await (await connect(call)).post('/v1/replay-fence', bodyOf(call))
    call.terminal.result(fence, () => {
      call.terminal.line(`refused from now on: whatever was signed up to ${timeOf(fence, 'at')}`)
    })
  },
}

function bodyOf({ flags }: Call): { readonly at?: number } {
  const text = flags.text('at') ?? 'now'
  if (text === 'now') return {}
  if (!/^\d{1,12}$/.test(text)) throw usage('--at: write now, or seconds since the epoch')
  return { at: Number(text) }
}

/** `replay`. */
export const replayCommands: readonly CommandSpec[] = [raiseFence]
