/** The command that runs the modules, as somebody with another server would use it. */
import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { describeClient, LOGIN, serveOurs, type OurAuthority } from './testing/our-target.ts'

const SCRIPT = fileURLToPath(new URL('run.ts', import.meta.url))

interface Ran {
  readonly code: number
  readonly stdout: string
  readonly stderr: string
}

const run = (...given: string[]): Promise<Ran> =>
  new Promise((resolve) => {
    const all = ['--conditions=@countersign/source', SCRIPT, ...given]
    execFile(process.execPath, all, (error, stdout, stderr) => {
      const code = typeof error?.code === 'number' ? error.code : 0
      resolve({ code, stdout, stderr })
    })
  })

let at: OurAuthority
let folder: string
let file: string
before(async () => {
  at = await serveOurs()
  folder = await mkdtemp(join(tmpdir(), 'countersign-conformance-'))
  file = join(folder, 'client.json')
  const settings = { tokenEndpointAuthMethod: 'client_secret_basic' } as const
  const client = await describeClient(at, { scope: 'openid profile', settings })
  await writeFile(file, JSON.stringify({ client, login: LOGIN }))
})
after(async () => {
  await at.close()
  await rm(folder, { recursive: true, force: true })
})

test('says what passed and what was skipped, with why, and ends with 0', async () => {
  const given = [
    '--issuer',
    at.url,
    '--client',
    file,
    '--profile',
    'oidc-basic',
    '--only',
    'codereuse',
  ]
  const { code, stdout } = await run(...given)
  assert.match(stdout, /^✔ oidcc-codereuse$/m)
  assert.match(stdout, /^- oidcc-codereuse-30seconds\n {4}time does not pass here$/m)
  assert.match(stdout, /^1 passed, 0 failed, 1 skipped$/m)
  assert.equal(code, 0)
})

test('ends with 1 where a module failed, and says so as JSON', async () => {
  // Not of the strict profile, which this authority is not.
  const only = 'discovery-end-point'
  const given = [
    '--issuer',
    at.url,
    '--client',
    file,
    '--profile',
    'fapi2',
    '--only',
    only,
    '--json',
  ]
  const { code, stdout } = await run(...given)
  const { name, result } = JSON.parse(stdout)
  assert.equal(name, 'fapi2-security-profile-final-discovery-end-point-verification')
  assert.equal(result, 'failed')
  assert.equal(code, 1)
})

test('ends with 2 and the usage, or the reason, where it cannot begin', async () => {
  assert.match((await run('--issuer', at.url)).stderr, /^npm run conformance/)
  const { code, stderr } = await run('--issuer', `${at.url}/t/nobody`, '--client', file)
  assert.equal(code, 2)
  assert.match(stderr, /no metadata at/)
})
