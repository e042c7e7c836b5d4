/**
 * Runs the modules against any server: `npm run conformance -- --issuer URL --client FILE`.
 * `conformance/README.md` has the options and the form of the file.
 */
import { readFile } from 'node:fs/promises'
import { setTimeout as sleep } from 'node:timers/promises'
import { parseArgs } from 'node:util'
import { modulesOf, runModule, type Outcome } from './runner/catalog.ts'
import { discover } from './runner/discovery.ts'
import { PLANS, type Plan } from './runner/module.ts'
import { drivenPerson, formPerson, type Login } from './runner/person.ts'
import type { ClientDescription, Target } from './runner/target.ts'

const USAGE = `npm run conformance -- --issuer URL --client FILE [options]
  --issuer URL     the issuer, exactly as it names itself
  --client FILE    what is registered there (conformance/README.md)
  --profile NAME   ${PLANS.join(' | ')} (default oauth21)
  --only TEXT      only modules with this in their names
  --slow           wait where a module lets time pass; up to some minutes
  --json           one JSON object a line`

interface DescriptionFile {
  readonly client: ClientDescription
  readonly other?: ClientDescription
  readonly login?: Login
  /** The address of a program that signs people in. */
  readonly sign_in?: string
  readonly resource_url?: string
  readonly registration_token?: string
}

interface Options {
  readonly issuer: string
  readonly file: DescriptionFile
  readonly slow: boolean
}

function describe({ issuer, file, slow }: Options): Target {
  const {
    client,
    other,
    login,
    sign_in: driver,
    resource_url: url,
    registration_token: token,
  } = file
  return {
    issuer,
    client,
    ...(other === undefined ? {} : { other }),
    ...(url === undefined ? {} : { resourceUrl: url }),
    ...(token === undefined ? {} : { registrationToken: token }),
    newPerson: () => {
      if (driver !== undefined) return drivenPerson(driver)
      if (login === undefined) throw new Error('the file says neither login nor sign_in')
      return formPerson(issuer, login)
    },
    now: () => Math.floor(Date.now() / 1000),
    ...(slow ? { wait: (seconds: number) => sleep(seconds * 1000) } : {}),
  }
}

const say = (line: string): void => void process.stdout.write(`${line}\n`)

const SIGNS = { passed: '✔', failed: '✖', skipped: '-' } as const

function print(name: string, outcome: Outcome, asJson: boolean): void {
  if (asJson) return say(JSON.stringify({ name, ...outcome }))
  const why = outcome.result === 'passed' ? '' : `\n    ${outcome.why.split('\n').join('\n    ')}`
  say(`${SIGNS[outcome.result]} ${name}${why}`)
}

const isPlan = (name: string): name is Plan => PLANS.some((plan) => plan === name)

async function main(): Promise<number> {
  const { values } = parseArgs({
    options: {
      issuer: { type: 'string' },
      client: { type: 'string' },
      profile: { type: 'string', default: 'oauth21' },
      only: { type: 'string', default: '' },
      slow: { type: 'boolean', default: false },
      json: { type: 'boolean', default: false },
    },
  })
  const { issuer, client, profile: plan, only, slow, json } = values
  if (issuer === undefined || client === undefined || !isPlan(plan)) {
    process.stderr.write(`${USAGE}\n`)
    return 2
  }
  // The form that the README says; what is missing from it is named by the module that needs it.
  const file = JSON.parse(await readFile(client, 'utf8')) as DescriptionFile
  const target = describe({ issuer, file, slow })
  const server = await discover(issuer)
  const counts = { passed: 0, failed: 0, skipped: 0 }
  for (const [name, module] of await modulesOf(plan)) {
    if (!name.includes(only)) continue
    // oxlint-disable-next-line no-await-in-loop -- one after the other: people, and time
    const outcome = await runModule(module, { target, plan, server })
    counts[outcome.result] += 1
    print(name, outcome, json)
  }
  if (!json) say(`${counts.passed} passed, ${counts.failed} failed, ${counts.skipped} skipped`)
  return counts.failed === 0 ? 0 : 1
}

process.exitCode = await main().catch((error: unknown) => {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`)
  return 2
})
