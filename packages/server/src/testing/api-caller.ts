import assert from 'node:assert/strict'
import { createApiKey } from '../credentials/api-keys.ts'
import { CLI_ACTOR } from '../credentials/actor.ts'
import { createPrincipal } from '../credentials/principals.ts'
import type { TestAuthority } from './authority.ts'

/** What a call answered. */
export interface ApiAnswer {
  readonly status: number
  readonly headers: Headers
  readonly text: string
  /** The body, or an empty object. */
  readonly body: Record<string, unknown>
}

/** What is unusual about a call. */
export interface CallOptions {
  readonly tenant?: string
  readonly headers?: Readonly<Record<string, string>>
  /** The body as it is, instead of JSON. */
  readonly raw?: string
}

/** Calls the management API of an authority in-process, with one key. */
export interface ApiCaller {
  readonly key: string
  readonly principalId: string
  (method: string, path: string, body?: unknown, options?: CallOptions): Promise<ApiAnswer>
}

/** Makes a service with these scopes and a key of it, and calls with that. */
export async function apiCaller(
  { authority }: Pick<TestAuthority, 'authority'>,
  scopes: readonly string[] = ['countersign:*'],
  tenant = 'default',
): Promise<ApiCaller> {
  const ctx = authority.context
  const kind = 'service'
  const made = await createPrincipal(ctx, { tenant, kind, name: 'caller', scopes }, CLI_ACTOR)
  assert.ok(made.ok)
  const serviceId = made.value.id
  const owner = { tenant, serviceId, name: 'caller', environment: 'admin' }
  const issued = await createApiKey(ctx, { ...owner, scopes }, CLI_ACTOR)
  assert.ok(issued.ok)
  const key = issued.value.secret.reveal()
  const call = callerWith({ authority }, { authorization: `Bearer ${key}` })
  return Object.assign(call, { key, principalId: serviceId })
}

/** Calls with these headers and no others. */
export const callerWith =
  ({ authority }: Pick<TestAuthority, 'authority'>, base: Readonly<Record<string, string>> = {}) =>
  async (
    method: string,
    path: string,
    body?: unknown,
    { tenant = 'default', headers = {}, raw }: CallOptions = {},
  ): Promise<ApiAnswer> => {
    const prefix = tenant === 'default' ? '' : `/t/${tenant}`
    const sent = raw ?? (body === undefined ? undefined : JSON.stringify(body))
    const type = sent === undefined ? {} : { 'content-type': 'application/json' }
    const request = new Request(`https://auth.example.com${prefix}${path}`, {
      method,
      headers: { ...base, ...type, ...headers },
      ...(sent === undefined ? {} : { body: sent }),
    })
    const response = await authority.fetch(request, { remoteAddress: '192.0.2.7' })
    const text = await response.text()
    const parsed: unknown = text.startsWith('{') ? JSON.parse(text) : {}
    // A JSON object begins with a brace.
    const answer = parsed as Record<string, unknown>
    return { status: response.status, headers: response.headers, text, body: answer }
  }

/** A member of an answer that must be a text. */
export function textOf({ body, text }: ApiAnswer, member: string): string {
  const value = body[member]
  assert.equal(typeof value, 'string', `${member} in ${text}`)
  return String(value)
}

/** Makes a service over the API and answers its id. */
export async function addService(
  call: ApiCaller,
  scopes: readonly string[] = ['orders:*'],
  options?: CallOptions,
): Promise<string> {
  const made = await call('POST', '/v1/services', { name: 'orders', scopes }, options)
  assert.equal(made.status, 201, made.text)
  return textOf(made, 'id')
}

/** Makes a key over the API and answers what was issued. */
export async function addKey(
  call: ApiCaller,
  serviceId: string,
  more: Readonly<Record<string, unknown>> = {},
): Promise<{ readonly id: string; readonly secret: string }> {
  const body = { serviceId, name: 'ci', scopes: ['orders:read'], ...more }
  const made = await call('POST', '/v1/keys', body)
  assert.equal(made.status, 201, made.text)
  return { id: textOf(made, 'id'), secret: textOf(made, 'secret') }
}
