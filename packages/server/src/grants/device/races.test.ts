/** Devices over two processes, and over a power cut: one decision, one grant, one refresh token. */
import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { openBrowser, type TestBrowser } from '../../testing/browser.ts'
import { decide, typeCode, type DeviceAnswer } from '../../testing/devices.ts'
import { kill, postAs, startServing, type ServingProcess } from '../../testing/serving-process.ts'
import { DEVICE_CODE_GRANT } from '../device-code.ts'

type Tokens = Readonly<Record<string, unknown>>

let folder: string
let database: string
let one: ServingProcess
let two: ServingProcess
const secret = randomBytes(32).toString('base64url')

before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'countersign-devices-'))
  database = join(folder, 'authority.db')
  one = await startServing(database, secret, true)
  two = await startServing(database, secret, false)
})
after(async () => {
  await Promise.all([kill(one), kill(two)])
  await rm(folder, { recursive: true, force: true })
})

const browserAt = ({ url }: ServingProcess): TestBrowser =>
  openBrowser((request) => fetch(request), url)

async function ask(): Promise<DeviceAnswer> {
  const form = { scope: 'orders:read' }
  const response = await postAs(`${one.url}/oauth/device_authorization`, one.clients.device, form)
  assert.equal(response.status, 200)
  // As the endpoint writes it.
  return (await response.json()) as DeviceAnswer
}

async function poll(at: ServingProcess, code: string): Promise<Tokens> {
  const form = { grant_type: DEVICE_CODE_GRANT, device_code: code }
  const response = await postAs(`${at.url}/oauth/token`, one.clients.device, form)
  return (await response.json()) as Tokens // a test fails on what is missing from it
}

test('50 polls of one allowed code at two processes: one grant, one refresh token', async () => {
  const { device_code: code, user_code: typed } = await ask()
  await decide(browserAt(two), one.user, { code: typed, decision: 'allow' })
  const all = await Promise.all(
    Array.from({ length: 50 }, (_, index) => poll(index % 2 === 0 ? one : two, code)),
  )
  const tokens = new Set(all.map((each) => each['refresh_token']))
  assert.deepEqual([tokens.size, tokens.has(undefined)], [1, false])
})

test('yes at one process and no at the other, at once: one of them is true', async () => {
  const { device_code: code, user_code: typed } = await ask()
  const [here, there] = [browserAt(one), browserAt(two)]
  const yes = await typeCode(here, one.user, typed)
  const no = await typeCode(there, one.user, typed)
  const ends = await Promise.all([
    here.submit(yes, { button: 'decision=allow' }),
    there.submit(no, { button: 'decision=deny' }),
  ])
  assert.equal(ends.filter(({ status }) => status === 200).length, 1)
  const polled = await poll(two, code)
  const isAllowed = ends[0].status === 200
  assert.equal(polled['error'], isAllowed ? undefined : 'access_denied')
})

test('SIGKILL while a device polls: the retry gets the tokens', async () => {
  const { device_code: code, user_code: typed } = await ask()
  await decide(browserAt(one), one.user, { code: typed, decision: 'allow' })
  const waiting = Array.from({ length: 8 }, () =>
    poll(two, code).then(
      () => true,
      () => false,
    ),
  )
  await Promise.race(waiting)
  await kill(two)
  await Promise.all(waiting)
  const tokens = await poll(one, code)
  two = await startServing(database, secret, false)
  const form = { grant_type: 'refresh_token', refresh_token: String(tokens['refresh_token']) }
  const refreshed = await postAs(`${two.url}/oauth/token`, one.clients.device, form)
  assert.equal(refreshed.status, 200)
})
