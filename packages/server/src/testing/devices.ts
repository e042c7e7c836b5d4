/** Devices and who decides about them, for tests. */
import assert from 'node:assert/strict'
import { DEVICE_CODE_GRANT } from '../grants/device-code.ts'
import type { ClientSettings } from '../model/client-settings.ts'
import { addClient, basicAuth, postForm, type TestAuthority, type TestClient } from './authority.ts'
import type { Shown, TestBrowser } from './browser.ts'
import { signIn, type TestPerson } from './people.ts'

/** What the device is told (RFC 8628 §3.2). */
export interface DeviceAnswer {
  readonly device_code: string
  readonly user_code: string
  readonly verification_uri: string
  readonly verification_uri_complete: string
  readonly expires_in: number
  readonly interval: number
}

type Form = Readonly<Record<string, string>>

/** An answer of an endpoint: its status and its members. */
export interface Answered {
  readonly status: number
  readonly body: Readonly<Record<string, unknown>>
}

/** Registers a client for devices. */
export const addDeviceClient = (
  at: Pick<TestAuthority, 'authority'>,
  settings: Partial<ClientSettings> = {},
): Promise<TestClient> =>
  addClient(at, { grantTypes: [DEVICE_CODE_GRANT, 'refresh_token'], ...settings })

/** Posts a form as a client. */
export async function ask(
  at: Pick<TestAuthority, 'authority'>,
  client: TestClient,
  { path, form, headers = {} }: { path: string; form: Form; headers?: Form },
): Promise<Answered> {
  const authorization = basicAuth(client)
  const response = await postForm(at, path, form, { authorization, ...headers })
  // The tests check the members.
  return { status: response.status, body: (await response.json()) as Answered['body'] }
}

/** A device asks for codes. */
export async function askForCodes(
  at: Pick<TestAuthority, 'authority'>,
  client: TestClient,
  { form = {}, headers = {} }: { form?: Form; headers?: Form } = {},
): Promise<DeviceAnswer> {
  const all = { scope: 'orders:read', ...form }
  const path = '/oauth/device_authorization'
  const { status, body } = await ask(at, client, { path, form: all, headers })
  assert.equal(status, 200)
  // As the endpoint writes it; the tests check the members.
  return body as unknown as DeviceAnswer
}

/** A device polls. */
export const poll = (
  at: Pick<TestAuthority, 'authority'>,
  client: TestClient,
  { code, form = {}, headers = {} }: { code: string; form?: Form; headers?: Form },
): Promise<Answered> =>
  ask(at, client, {
    path: '/oauth/token',
    form: { grant_type: DEVICE_CODE_GRANT, device_code: code, ...form },
    headers,
  })

/** Goes to the page, signs in where that is asked, and types a code; shows what comes then. */
export async function typeCode(
  browser: TestBrowser,
  person: TestPerson,
  code: string,
): Promise<Shown> {
  const first = await browser.open('/device')
  const entry = /Sign in/.test(first.title) ? await signIn(browser, first, person) : first
  return browser.submit(entry, { fields: { user_code: code } })
}

/** Types a code and decides. */
export const decide = async (
  browser: TestBrowser,
  person: TestPerson,
  { code, decision }: { readonly code: string; readonly decision: 'allow' | 'deny' },
): Promise<Shown> =>
  browser.submit(await typeCode(browser, person, code), { button: `decision=${decision}` })
