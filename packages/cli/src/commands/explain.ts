import type { Call, CommandSpec } from '../command.ts'
import type { Api } from '../connection/api.ts'
import { connect } from '../connection/connect.ts'
import { CliError } from '../exit.ts'
import { isJson, objectsOf, textOf, type Json } from '../json.ts'
import { printable, type Terminal } from '../output/terminal.ts'
import { idOf } from './resource.ts'

/** Decisions are written in batches: one that was made a moment ago may still be on its way. */
const WAIT_MS = 200
const ATTEMPTS = 10

const explain: CommandSpec = {
  name: 'explain',
  summary: 'say why a request was allowed or refused, check by check',
  details:
    'Prints every check of a decision in the order it ran, with what was asked for and what the request held. Secrets are never kept.',
  example: 'explain dec_…',
  arguments: [['<decisionId>', 'the decisionId of an answer or a log line']],
  scope: 'authority',
  run: async (call) => {
    const decision = await find(await connect(call), idOf(call), call)
    call.terminal.result(decision, () => {
      print(decision, call.terminal)
    })
  },
}

async function find(api: Api, id: string, { signal }: Call): Promise<Json> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await api.get(`/v1/decisions/${id}`)
    } catch (error) {
      const missing = error instanceof CliError && error.code === 'notFound'
      if (!missing || attempt === ATTEMPTS || signal.aborted) throw error
    }
    await new Promise((resolve) => setTimeout(resolve, WAIT_MS))
  }
}

function print(decision: Json, terminal: Terminal): void {
  const { request, checks, outcome, reason, explanation } = decision
  const at = decision['atMs']
  const refused = outcome === 'refused'
  const verdict = terminal.paint(refused ? 'red' : 'green', String(outcome))
  terminal.line(
    `${verdict}${refused ? `: ${terminal.paint('bold', printable(String(reason)))}` : ''}`,
  )
  terminal.facts([
    ['decision', textOf(decision, 'decisionId')],
    ['at', typeof at === 'number' ? new Date(at).toISOString() : '-'],
    ['request', isJson(request) ? requestLine(request) : '-'],
    ['principal', textOf(decision, 'principalId')],
    ['credential', textOf(decision, 'credentialId')],
    ['method', textOf(decision, 'method')],
  ])
  terminal.line()
  for (const check of objectsOf(checks)) terminal.line(checkLine(check, terminal))
  if (isJson(explanation)) advise(explanation, terminal)
}

const requestLine = (request: Json): string =>
  ['method', 'authority', 'path', 'clientAddress']
    .map((member) => textOf(request, member))
    .join(' ')

function checkLine(check: Json, terminal: Terminal): string {
  const passed = check['passed'] === true
  const mark = passed ? terminal.paint('green', 'pass') : terminal.paint('red', 'FAIL')
  const compared = [
    'expected' in check ? `expected ${textOf(check, 'expected')}` : '',
    'actual' in check ? `actual ${textOf(check, 'actual')}` : '',
  ].filter((part) => part !== '')
  const values = compared.length === 0 ? '' : `  ${compared.join(', ')}`
  return printable(`  ${textOf(check, 'name')}`)
    .padEnd(34)
    .concat(mark, printable(values))
}

function advise(explanation: Json, terminal: Terminal): void {
  terminal.line()
  terminal.facts([
    ['answered', `${textOf(explanation, 'status')} ${textOf(explanation, 'wire')}`],
    ['rule', textOf(explanation, 'rule')],
    ['advice', textOf(explanation, 'advice')],
  ])
}

/** `explain`. */
export const explainCommands: readonly CommandSpec[] = [explain]
