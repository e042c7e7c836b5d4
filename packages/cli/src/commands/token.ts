import type { Call, CommandSpec } from '../command.ts'
import { connect } from '../connection/connect.ts'
import { formatDuration, formatTime } from '../duration.ts'
import { CliError } from '../exit.ts'
import { readSecret } from '../input.ts'
import { textOf, type Json } from '../json.ts'
import { printable, type Terminal } from '../output/terminal.ts'
import { inspectToken, type Inspection } from '../token/inspect.ts'

const inspect: CommandSpec = {
  name: 'token inspect',
  summary: 'show what a token says about itself, and what is wrong with it',
  details:
    'Reads a token from stdin or --file and shows its header, claims, lifetime and problems. It checks NO signature; --verify asks the authority.',
  example: 'token inspect --file ./token.txt',
  scope: 'authority',
  flags: [
    { spelling: '--file <file>', summary: 'file with the token (default: stdin)' },
    { spelling: '--verify', summary: 'ask the authority whether the token is good' },
  ],
  run: async (call) => {
    const token = await readSecret('token', call.flags.text('file'), call)
    const inspection = inspectToken(token, Math.floor(Date.now() / 1000))
    const verdict = call.flags.on('verify') ? await verify(call, token.trim()) : undefined
    const result = verdict === undefined ? inspection : { ...inspection, verdict }
    call.terminal.result(result, () => {
      print(inspection, verdict, call.terminal)
    })
    if (verdict !== undefined && verdict['active'] !== true)
      throw new CliError('refused', 'the authority does not accept this token')
  },
}

async function verify(call: Call, token: string): Promise<Json> {
  const api = await connect(call)
  return api.introspect(token.replace(/^Bearer /i, ''))
}

function print(inspection: Inspection, verdict: Json | undefined, terminal: Terminal): void {
  const { kind, header, claims, lifetimeSeconds, publicId, findings } = inspection
  terminal.line(
    terminal.paint('yellow', 'NOT VERIFIED: this is what the token says, not what is true.'),
  )
  const facts: [string, string][] = [['kind', kind]]
  if (publicId !== undefined) facts.push(['public id', publicId])
  if (lifetimeSeconds !== undefined) facts.push(['lifetime', formatDuration(lifetimeSeconds)])
  terminal.facts(facts)
  if (header !== undefined) section('header', header, terminal)
  if (claims !== undefined) section('claims', claims, terminal)
  if (findings.length > 0) terminal.line(terminal.paint('bold', 'problems'))
  for (const { severity, message } of findings)
    terminal.line(
      `  ${terminal.paint(severity === 'danger' ? 'red' : 'yellow', severity)}  ${message}`,
    )
  if (verdict === undefined) return
  const active = verdict['active'] === true
  terminal.line(
    active
      ? terminal.paint('green', 'The authority accepts it.')
      : terminal.paint('red', 'The authority does not accept it.'),
  )
}

const TIMES = new Set(['exp', 'iat', 'nbf', 'auth_time'])

function section(title: string, object: Json, terminal: Terminal): void {
  terminal.line(terminal.paint('bold', title))
  terminal.facts(
    Object.entries(object).map(([name, value]) => [
      printable(name),
      TIMES.has(name) && typeof value === 'number' && value < 100_000_000_000
        ? `${value} (${formatTime(value)})`
        : textOf(object, name),
    ]),
  )
}

/** Tokens. */
export const tokenCommands: readonly CommandSpec[] = [inspect]
