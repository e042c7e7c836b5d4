/**
 * The test line. Runs every `*.test.ts` of the repository on the sources, without a build, with
 * Node's own runner: `npm test`, or `npm test -- packages/server` for a part of it.
 */
import { spawnSync } from 'node:child_process'
import { availableParallelism } from 'node:os'
import { listFiles, ROOT } from './lib/files.ts'

const EVERYTHING = ['packages', 'conformance', 'examples', 'tools', 'docs']
/** A test that waits this long waits forever: attacks must be refused, not sat out. */
const TIMEOUT_MS = 120_000

const given = process.argv.slice(2)
const flags = given.filter((argument) => argument.startsWith('-'))
const places = given.filter((argument) => !argument.startsWith('-'))
const files = (places.length > 0 ? places : EVERYTHING).flatMap((place) =>
  place.endsWith('.ts') ? listFiles(place) : listFiles(`${place.replace(/\/$/, '')}/**/*.test.ts`),
)
if (files.length === 0) {
  console.error(`no tests under ${places.join(', ')}`)
  process.exit(2)
}

const { status } = spawnSync(
  process.execPath,
  [
    '--conditions=@countersign/source',
    '--test',
    '--test-reporter=spec',
    `--test-concurrency=${Math.max(2, availableParallelism())}`,
    `--test-timeout=${TIMEOUT_MS}`,
    ...flags,
    ...files,
  ],
  { cwd: ROOT, stdio: 'inherit' },
)
process.exitCode = status ?? 1
