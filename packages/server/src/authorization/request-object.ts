/**
 * Request objects (RFC 9101): the parameters of a request, signed by the client, so that nobody
 * between it and here can change one. By value only: an address to fetch one from would be a way to
 * have this server ask others.
 */
import { err, ok, type Result } from 'countersign'
import { jwtPolicy, verifyJwt, type JwtPolicy, type TokenType } from 'countersign/jwt'
import { keysOfClient } from '../client-auth/client-keys.ts'
import type { Form } from '../http/form.ts'
import type { Services } from '../services.ts'
import type { Tenant } from '../tenants/directory.ts'
import { keptForm, PARAMETERS } from './parameters.ts'
import type { AuthorizationFailure, RegisteredClient } from './request.ts'

/** FAPI 2.0 Message Signing §5.3.1: neither older nor living longer than an hour. */
const MAX_SECONDS = 3600
/** An object is sent in a URL; what is larger is no request. */
const MAX_CHARS = 16_384

const OBJECT_TYPE = 'oauth-authz-req+jwt'

/** What a request says, and whether its client signed it. */
export interface OpenedRequest {
  readonly form: Form
  readonly isSigned: boolean
}

/** Whose object is opened, where. */
export interface ObjectCall {
  readonly services: Services
  readonly tenant: Tenant
  /** Seconds since the epoch. */
  readonly now: number
}

type Failed = Result<never, AuthorizationFailure>

/**
 * The parameters of a request: those of its object, and no other, where there is one. Checks, in
 * order: it is not also a reference; the object is a JWS of the client's own key, by an algorithm of
 * the profile, of its type; `iss` is the client, `aud` this issuer; `exp`, `nbf` and the hour between
 * them; `client_id` is the one outside; no request within.
 *
 * A failure is answered here and redirected nowhere: what the parameters outside say is what the
 * signature is there to keep out.
 *
 * @param form - Attacker-controlled.
 * @throws `UnavailableError` while published keys of the client cannot be fetched.
 * @see [RFC 9101 §6](https://www.rfc-editor.org/rfc/rfc9101#section-6)
 */
export async function openRequestObject(
  call: ObjectCall,
  client: RegisteredClient,
  form: Form,
): Promise<Result<OpenedRequest, AuthorizationFailure>> {
  const object = form.get('request')
  if (object === undefined) return ok({ form, isSigned: false })
  // RFC 9101 §5: one or the other.
  if (form.get('request_uri') !== undefined) {
    return failed('invalid_request', 'request and request_uri exclude each other.')
  }
  const claims = await verifiedClaims(call, client, object)
  if (claims === undefined) return invalid('The request object is not valid.')
  if (claims['client_id'] !== client.principal.id) {
    return invalid('client_id is not the same inside and outside of the request object.')
  }
  if (claims['request'] !== undefined || claims['request_uri'] !== undefined) {
    return invalid('A request object must not hold another request.')
  }
  const inside = formOf(claims)
  return inside === undefined
    ? invalid('A parameter in the request object has the wrong type.')
    : ok({ form: inside, isSigned: true })
}

const failed = (error: AuthorizationFailure['error'], description: string): Failed =>
  err({ error, description, returnTo: undefined })

const invalid = (description: string): Failed => failed('invalid_request_object', description)

type Claims = Readonly<Record<string, unknown>>

async function verifiedClaims(
  { services, tenant, now }: ObjectCall,
  client: RegisteredClient,
  object: string,
): Promise<Claims | undefined> {
  const keys = keysOfClient(services, client.settings)
  if (keys === undefined || object.length > MAX_CHARS) return undefined
  const { profile } = services
  const policy = (tokenType: TokenType): JwtPolicy =>
    jwtPolicy({
      issuer: client.principal.id,
      keys,
      algorithms: profile.algorithms,
      audience: tenant.issuer,
      tokenType,
      profile: 'custom',
      requiredClaims: ['client_id', 'nbf'],
      clockToleranceSeconds: profile.futureSeconds,
      maxTokenBytes: MAX_CHARS,
      // Each is used once.
      cacheEntries: 0,
    })
  const typed = await verifyJwt(object, policy([OBJECT_TYPE]), now)
  // `id` takes `JWT` and no type, and lets a nonce pass, which a request has too.
  const verdict =
    typed.outcome === 'accepted' || profile.requireTypedRequestObjects
      ? typed
      : await verifyJwt(object, policy('id'), now)
  if (verdict.outcome !== 'accepted') return undefined
  const { claims } = verdict.principal
  return isFresh(claims, now - profile.futureSeconds) ? claims : undefined
}

/** @param since - Now, less what clocks may differ. */
function isFresh({ exp, nbf }: Claims, since: number): boolean {
  if (typeof exp !== 'number' || typeof nbf !== 'number') return false
  return exp - nbf <= MAX_SECONDS && nbf >= since - MAX_SECONDS
}

/** Parameters that are JSON in a form, and may be written as JSON in an object (RFC 9101 §4). */
const STRUCTURED = ['claims', 'authorization_details']

/** The claims that are parameters, as a form; undefined if one cannot be read. */
function formOf(claims: Claims): Form | undefined {
  const members: Record<string, string> = {}
  for (const name of PARAMETERS) {
    const value = claims[name]
    if (value === undefined) continue
    const text = textOf(name, value)
    if (text === undefined) return undefined
    members[name] = text
  }
  const resources = [claims['resource'] ?? []].flat()
  return resources.every((one) => typeof one === 'string')
    ? keptForm({ members, resources })
    : undefined
}

function textOf(name: string, value: unknown): string | undefined {
  if (typeof value === 'string') return value
  if (name === 'max_age' && typeof value === 'number') return String(value)
  const isStructure = typeof value === 'object' && value !== null
  return isStructure && STRUCTURED.includes(name) ? JSON.stringify(value) : undefined
}
