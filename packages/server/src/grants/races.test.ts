/** Codes and refresh tokens over two processes, and over a power cut: one family, nobody signed out. */
import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import type { GivenCode } from '../testing/grants.ts'
import { kill, postAs, startServing, type ServingProcess } from '../testing/serving-process.ts'

type Tokens = Readonly<Record<string, unknown>>

let folder: string
let database: string
let one: ServingProcess
let two: ServingProcess
const secret = randomBytes(32).toString('base64url')
/** Codes of the seed, each for one test. */
let codes: GivenCode[]

before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'countersign-races-'))
  database = join(folder, 'authority.db')
  one = await startServing(database, secret, true)
  two = await startServing(database, secret, false)
  codes = [...one.codes]
})
after(async () => {
  await Promise.all([kill(one), kill(two)])
  await rm(folder, { recursive: true, force: true })
})

function nextCode(): GivenCode {
  const code = codes.pop()
  assert.ok(code !== undefined, 'seed more codes')
  return code
}

async function ask(at: ServingProcess, form: Readonly<Record<string, string>>): Promise<Tokens> {
  const response = await postAs(`${at.url}/oauth/token`, one.clients.app, form)
  // A token response, or an error of RFC 6749 §5.2.
  const body = (await response.json()) as Tokens
  assert.equal(response.status, 200, JSON.stringify(body))
  return body
}

const redeem = (at: ServingProcess, { code, verifier }: GivenCode): Promise<Tokens> =>
  ask(at, { grant_type: 'authorization_code', code, code_verifier: verifier })

const refresh = (at: ServingProcess, token: unknown): Promise<Tokens> =>
  ask(at, { grant_type: 'refresh_token', refresh_token: String(token) })

const refreshTokens = (all: readonly Tokens[]): ReadonlySet<unknown> =>
  new Set(all.map((tokens) => tokens['refresh_token']))

test('50 redemptions of one code at two processes: one grant, one refresh token (SR-015)', async () => {
  const code = nextCode()
  const all = await Promise.all(
    Array.from({ length: 50 }, (_, index) => redeem(index % 2 === 0 ? one : two, code)),
  )
  const [token, ...more] = refreshTokens(all)
  assert.equal(more.length, 0)
  await refresh(two, token)
})

test('50 refreshes of one token at two processes: one successor, no logout (SR-022)', async () => {
  const { refresh_token: token } = await redeem(one, nextCode())
  const all = await Promise.all(
    Array.from({ length: 50 }, (_, index) => refresh(index % 2 === 0 ? one : two, token)),
  )
  const [successor, ...more] = refreshTokens(all)
  assert.equal(more.length, 0)
  await refresh(one, successor)
})

test('SIGKILL between claim and answer: the retry gets the successor, nobody is signed out', async () => {
  const families = await Promise.all(Array.from({ length: 20 }, () => redeem(two, nextCode())))
  const waiting = families.map(({ refresh_token: token }) =>
    refresh(two, token).then(
      () => true,
      () => false,
    ),
  )
  await Promise.race(waiting)
  await kill(two)
  const answered = await Promise.all(waiting)
  two = await startServing(database, secret, false)
  assert.ok(answered.includes(true), 'some were answered before the end')
  const retried = await Promise.all(
    families.map(({ refresh_token: token }, index) => refresh(index % 2 === 0 ? one : two, token)),
  )
  for (const { refresh_token: successor } of retried) await refresh(two, successor)
})

test('SIGKILL while codes are redeemed: the retry gets the tokens', async () => {
  const given = Array.from({ length: 12 }, () => nextCode())
  const waiting = given.map((code) =>
    redeem(two, code).then(
      () => true,
      () => false,
    ),
  )
  await Promise.race(waiting)
  await kill(two)
  await Promise.all(waiting)
  const retried = await Promise.all(given.map((code) => redeem(one, code)))
  two = await startServing(database, secret, false)
  for (const { refresh_token: token } of retried) await refresh(two, token)
})
