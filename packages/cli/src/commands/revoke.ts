import type { Call, CommandSpec } from '../command.ts'
import { connect } from '../connection/connect.ts'
import { usage } from '../exit.ts'
import { readSecret } from '../input.ts'
import { textOf, type Json } from '../json.ts'

/** What can be revoked by its id. */
const KINDS = ['principal', 'client', 'grant', 'credential', 'key'] as const

const revoke: CommandSpec = {
  name: 'revoke',
  summary: 'revoke a token, or everything of a principal, client, grant, credential or key',
  details:
    'Revokes one token, read from stdin or --token-file, or whatever the id names. --before keeps what was issued later.',
  example: 'revoke --principal usr_…',
  scope: 'authority',
  flags: [
    { spelling: '--token-file <file>', summary: 'file with the token (default: stdin)' },
    ...KINDS.map((kind) => ({ spelling: `--${kind} <id>`, summary: `everything of this ${kind}` })),
    { spelling: '--before <seconds>', summary: 'only what was issued up to this time (epoch)' },
  ],
  run: async (call) => {
    const body = await bodyOf(call)
    const answer = await (await connect(call)).post('/v1/revocations', body)
    call.terminal.result(answer, () => {
      call.terminal.line(`revoked ${textOf(answer, 'kind')} ${textOf(answer, 'subject')}`)
    })
  },
}

async function bodyOf(call: Call): Promise<Json> {
  const { flags } = call
  const named = KINDS.filter((kind) => flags.text(kind) !== undefined)
  const [kind] = named
  if (kind === undefined) {
    const token = await readSecret('token', flags.text('tokenFile'), call)
    return { token }
  }
  if (named.length > 1 || flags.text('tokenFile') !== undefined)
    throw usage('name one thing to revoke')
  const issuedBefore = flags.integer('before')
  const cut = issuedBefore === undefined ? {} : { issuedBefore }
  return { kind, subject: flags.required(kind), ...cut }
}

/** `revoke`. */
export const revokeCommands: readonly CommandSpec[] = [revoke]
