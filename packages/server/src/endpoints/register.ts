/**
 * `/oauth/register`: clients register themselves (RFC 7591) and manage their registration (RFC 7592),
 * where the operator wants it. Elsewhere there is nothing at this path.
 */
import { answer, err, ok, resolveClient, type Answer, type Result } from 'countersign'
import { SYSTEM_ACTOR, type Actor } from '../credentials/actor.ts'
import { json, oauthError, problem, type OAuthFailure } from '../http/answers.ts'
import { readText, type Exchange } from '../http/exchange.ts'
import { describeClient } from '../registration/describe-client.ts'
import type { RegistrationDesk } from '../registration/desk.ts'
import type { Metadata } from '../registration/members.ts'
import { readRegistration } from '../registration/read-registration.ts'
import {
  changeRegistration,
  endRegistration,
  FULL,
  proveRegistration,
  registerClient,
  type IssuedRegistration,
  type ProvenRegistration,
} from '../registration/register.ts'
import type { Call, Endpoint } from './call.ts'

const NOTHING: Answer = problem({
  status: 404,
  code: 'not-found',
  title: 'There is nothing at this path.',
})

/** What an initial access token (RFC 7591 §3) has to be: an API key with this scope. */
const INITIAL_ACCESS = { scopes: ['countersign:clients:register'] } as const

const MAX_BYTES = 32_768

/**
 * `POST /oauth/register`. Checks, in order: registration is on; the initial access token, where one is
 * asked for; how many come from this address; the body is JSON; the metadata; how many clients there are.
 *
 * @see [RFC 7591 §3](https://www.rfc-editor.org/rfc/rfc7591#section-3)
 */
export async function register(call: Call): Promise<Answer> {
  const { services, tenant, exchange } = call
  const desk = services.registration
  if (desk === undefined) return NOTHING
  const actor = await actorOf(call, desk)
  if (!actor.ok) return actor.error
  const { address } = resolveClient(exchange, services.proxies)
  const wait = await desk.registeredFrom(address, services.clock())
  if (wait > 0) return oauthError(tooMany(wait))
  const metadata = await readMetadata(exchange)
  if (!metadata.ok) return metadata.error
  const described = readRegistration(metadata.value, desk.terms, services.profile)
  if (!described.ok) return oauthError(described.error)
  const { maxClients } = desk.terms
  const place = { tenant: tenant.id, maxClients, by: actor.value }
  const made = await registerClient(services, place, described.value)
  if (made.ok) return json(registrationOf(call, made.value), 201)
  return made.error.message === FULL ? oauthError(tooMany(3600)) : unmeant(made.error.message)
}

async function actorOf(
  { services, tenant, exchange }: Call,
  { terms }: RegistrationDesk,
): Promise<Result<Actor, Answer>> {
  if (terms.access === 'anyone') return ok(SYSTEM_ACTOR)
  const decision = await services.callers.check(exchange, INITIAL_ACCESS)
  if (decision.outcome !== 'allowed') return err(answer(decision, services.callers))
  const { principal } = decision
  if (principal.tenant === tenant.id) return ok({ id: principal.id, scopes: [] })
  const description = 'The credential belongs to another tenant.'
  return err(oauthError({ error: 'invalid_token', description, status: 403 }))
}

const tooMany = (seconds: number): OAuthFailure => ({
  error: 'temporarily_unavailable',
  description: 'Too many clients were registered; wait.',
  status: 429,
  headers: [['retry-after', String(seconds)]],
})

const unmeant = (description: string): Answer =>
  oauthError({ error: 'invalid_client_metadata', description })

async function readMetadata(exchange: Exchange): Promise<Result<Metadata, Answer>> {
  const [type = ''] = exchange.header('content-type')
  if (!/^application\/json(?:\s*;|$)/i.test(type)) {
    return err(unmeant('The content type must be application/json.'))
  }
  const body = await readText(exchange, MAX_BYTES)
  const value = body.ok ? parse(body.value) : undefined
  return value === undefined ? err(unmeant('The body is not a JSON object.')) : ok(value)
}

function parse(text: string): Metadata | undefined {
  try {
    const value: unknown = JSON.parse(text)
    const isObject = typeof value === 'object' && value !== null && !Array.isArray(value)
    // An object that JSON.parse made; each member is read as unknown.
    return isObject ? (value as Metadata) : undefined
  } catch {
    return undefined
  }
}

/** RFC 7591 §3.2.1 and RFC 7592 §3; secrets are shown this once. */
const registrationOf = ({ tenant }: Call, { client, secret, token }: IssuedRegistration) => ({
  ...describeClient(client),
  ...(secret === undefined ? {} : { client_secret: secret.reveal(), client_secret_expires_at: 0 }),
  registration_access_token: token.reveal(),
  registration_client_uri: `${tenant.issuer}/oauth/register/${client.id}`,
})

/** A request with a registration access token that manages the client of its path. */
interface RegisteredCall extends Call {
  readonly desk: RegistrationDesk
  readonly proven: ProvenRegistration
}

const INVALID_TOKEN: OAuthFailure = {
  error: 'invalid_token',
  description: 'The registration access token is not valid for this client.',
  status: 401,
  headers: [['www-authenticate', 'Bearer error="invalid_token"']],
}

/**
 * Proves the registration access token. An unknown client, one that is gone and a wrong token are
 * the same answer (RFC 7592 §2.1).
 */
const withRegistration =
  (next: (call: RegisteredCall) => Promise<Answer>): Endpoint =>
  async (call) => {
    const { services, tenant, exchange } = call
    const desk = services.registration
    if (desk === undefined) return NOTHING
    const [path = ''] = exchange.target.split('?', 1)
    const clientId = path.slice(path.lastIndexOf('/') + 1)
    const name = { tenant: tenant.id, clientId }
    const proven = await proveRegistration(services, name, bearerOf(exchange))
    if (proven !== undefined) return next({ ...call, desk, proven })
    const { address } = resolveClient(exchange, services.proxies)
    const wait = await desk.refusedFrom(address, services.clock())
    return oauthError(wait > 0 ? tooMany(wait) : INVALID_TOKEN)
  }

function bearerOf(exchange: Exchange): string {
  const [value = '', ...more] = exchange.header('authorization')
  return more.length === 0 ? (/^bearer +(\S+)$/i.exec(value)?.[1] ?? '') : ''
}

/**
 * `GET /oauth/register/{client_id}`: what is registered, without secrets.
 *
 * @see [RFC 7592 §2.1](https://www.rfc-editor.org/rfc/rfc7592#section-2.1)
 */
export const readRegistered: Endpoint = withRegistration(
  ({ tenant, exchange, proven: { client } }) =>
    Promise.resolve(
      json({
        ...describeClient(client),
        registration_access_token: bearerOf(exchange),
        registration_client_uri: `${tenant.issuer}/oauth/register/${client.id}`,
      }),
    ),
)

/** What the client must not send back (RFC 7592 §2.2). */
const OURS = [
  'registration_access_token',
  'registration_client_uri',
  'client_secret_expires_at',
  'client_id_issued_at',
]

/**
 * `PUT /oauth/register/{client_id}`: replaces all that is registered, and the token. What is left out
 * is as if it had never been said.
 *
 * @see [RFC 7592 §2.2](https://www.rfc-editor.org/rfc/rfc7592#section-2.2)
 */
export const changeRegistered: Endpoint = withRegistration(async (call) => {
  const { services, exchange, desk, proven } = call
  const metadata = await readMetadata(exchange)
  if (!metadata.ok) return metadata.error
  const sent = metadata.value
  if (sent['client_id'] !== proven.client.id) return unmeant('client_id is not this client.')
  if (OURS.some((member) => sent[member] !== undefined)) {
    return unmeant(`A change must not hold ${OURS.join(', ')}.`)
  }
  const described = readRegistration(sent, desk.terms, services.profile)
  if (!described.ok) return oauthError(described.error)
  const changed = await changeRegistration(services, proven, described.value)
  return changed.ok ? json(registrationOf(call, changed.value)) : unmeant(changed.error.message)
})

/**
 * `DELETE /oauth/register/{client_id}`: ends the client with all its tokens.
 *
 * @see [RFC 7592 §2.3](https://www.rfc-editor.org/rfc/rfc7592#section-2.3)
 */
export const endRegistered: Endpoint = withRegistration(async ({ services, proven }) => {
  const ended = await endRegistration(services, proven.client)
  return ended.ok
    ? { status: 204, headers: [['cache-control', 'no-store']], body: '' }
    : unmeant(ended.error.message)
})
