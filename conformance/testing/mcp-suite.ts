/** `@modelcontextprotocol/conformance`, started as a program. */
import { spawn } from 'node:child_process'
import { fileURLToPath } from 'node:url'

const PROGRAM = fileURLToPath(
  import.meta.resolve('@modelcontextprotocol/conformance/dist/index.js'),
)

/** What a run said. */
export interface SuiteRun {
  readonly code: number | null
  readonly output: string
}

/**
 * Runs the suite with arguments.
 *
 * @param onLine - Is told each line of its output, to do what a person would be asked for.
 */
export function runSuite(
  args: readonly string[],
  onLine: (line: string) => void = () => undefined,
): Promise<SuiteRun> {
  const child = spawn(process.execPath, [PROGRAM, ...args], {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { ...process.env, NO_COLOR: '1' },
  })
  let output = ''
  let line = ''
  const read = (chunk: string): void => {
    output += chunk
    const lines = `${line}${chunk}`.split('\n')
    line = lines.pop() ?? ''
    lines.forEach(onLine)
  }
  for (const stream of [child.stdout, child.stderr]) stream.setEncoding('utf8').on('data', read)
  return new Promise((resolve, reject) => {
    child.on('error', reject)
    child.on('close', (code) => resolve({ code, output }))
  })
}

/** `✓ tools-list: 4 passed, 0 failed` of the summary. */
const scenariosOf = ({ output }: SuiteRun, mark: string): readonly string[] =>
  [...output.matchAll(/^(.) ([a-z0-9-]+): \d+ passed/gm)]
    .filter(([, found]) => found === mark)
    .map(([, , name = '']) => name)
    .toSorted()

/** Scenarios of a suite that passed. */
export const passedScenarios = (run: SuiteRun): readonly string[] => scenariosOf(run, '✓')

/** Scenarios of a suite that failed. */
export const failedScenarios = (run: SuiteRun): readonly string[] => scenariosOf(run, '✗')
