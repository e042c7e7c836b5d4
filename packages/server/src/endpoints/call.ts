/**
 * What endpoints are given, and the steps before them as wrappers: `withForm(withClient(token))`
 * reads in the order in which it is checked, and an endpoint cannot be reached past a step, because
 * its type asks for what the step provides.
 */
import type { MaybePromise } from 'countersign'
import { authenticateClient, type ProvenClient } from '../client-auth/authenticate.ts'
import { oauthError, type WireAnswer } from '../http/answers.ts'
import type { Exchange } from '../http/exchange.ts'
import { readForm, type Form } from '../http/form.ts'
import type { Services } from '../services.ts'
import type { Tenant } from '../tenants/directory.ts'
import { leakedParameter } from '../checks/query.ts'

/** One request to an endpoint. */
export interface Call {
  readonly services: Services
  readonly tenant: Tenant
  readonly exchange: Exchange
  /** Seconds since the epoch; one time for everything that happens in the request. */
  readonly now: number
}

/** A request whose form was read. */
export interface FormCall extends Call {
  readonly form: Form
}

/** A request of a client that has proven itself. */
export interface ClientCall extends FormCall {
  readonly client: ProvenClient
}

/** Answers a request. */
export type Endpoint<C extends Call = Call> = (call: C) => MaybePromise<WireAnswer>

/** Refuses secrets in the URL, then reads the form. */
export const withForm =
  (next: Endpoint<FormCall>): Endpoint =>
  async (call) => {
    const leaked = leakedParameter(call.exchange.target)
    if (leaked !== undefined) return oauthError(leaked)
    const form = await readForm(call.exchange)
    if (!form.ok) return oauthError({ error: 'invalid_request', description: form.error })
    return next({ ...call, form: form.value })
  }

/** Authenticates the client (SR-029). */
export const withClient =
  (next: Endpoint<ClientCall>): Endpoint<FormCall> =>
  async (call) => {
    const client = await authenticateClient(call.services, call.tenant, call)
    return client.ok ? next({ ...call, client: client.value }) : oauthError(client.error)
  }
