/** The host application signs people in, and says so in a short signed token. */
import { hash, randomBytes } from 'node:crypto'
import { UnavailableError, type Answer } from 'countersign'
import { jwtPolicy, verifyJwt } from 'countersign/jwt'
import type { AuthorizationCall } from '../../authorization/call.ts'
import { lookOf, refusalPage } from '../../authorization/respond.ts'
import { pageAnswer } from '../../pages/answer.ts'
import { parseDestination } from '../../pages/destination.ts'
import { continuePage } from '../../pages/onward.ts'
import { seeOther } from '../answers.ts'
import { browserDigest } from '../browser.ts'
import { pathOf } from '../paths.ts'
import { findPlace, notePlace, type Place, type PlaceData } from '../place.ts'
import type { ResolvedHandOff } from './options.ts'
import { personOf } from './people.ts'

/** `typ` of the token: nothing else that the host signs can be taken for it. */
const TYPE = 'handoff+jwt'
/** From signing to here is one redirect. */
const MAX_SECONDS = 60
const MAX_CHARS = 4096
const MAX_TEXT = 255

/**
 * Sends the browser to the host. A page that goes on by itself: a form of ours may have begun the
 * chain, and Chromium would block its redirect.
 */
export function leaveForHost(
  call: AuthorizationCall,
  { text, data }: Place,
  { url, again }: { readonly url: string; readonly again: boolean },
): Answer {
  const query = new URLSearchParams({ interaction: text, ...(again ? { prompt: 'login' } : {}) })
  const to = parseDestination(`${url}${url.includes('?') ? '&' : '?'}${query}`)
  if (!to.ok) throw new TypeError('the URL of the host was checked at the start')
  return pageAnswer(continuePage({ to: to.value }, lookOf(call, data.request?.uiLocales)))
}

/**
 * Takes the token of the host. Checks, in order: form, `iss`, `typ`, a key of the host, signature,
 * `aud` this issuer, times, 60 seconds at most; the place that it names; how long ago the person
 * proved itself, where the client asked for that; that it was not used before; a user by the policy.
 *
 * Opens no session: whose browser sent it is not known here, because another site's POST has no
 * cookies. The browser goes on to its place with a secret that it alone was given, and proves there that
 * the place is its own. Each of the two keeps a stranger out: the one who was sent a token of somebody
 * else, and the one who had somebody else bring a token to the place of its own.
 *
 * @param token - Attacker-controlled.
 */
export async function takeHandOff(
  call: AuthorizationCall,
  host: ResolvedHandOff,
  token: string,
): Promise<Answer> {
  const claims = await verifiedClaims(call, host, token)
  const place = await findPlace(call, claims?.interaction)
  if (claims === undefined || place === undefined) return refused(call, 'the token is not good')
  if (place.record.consumedAt !== null || place.record.expiresAt <= call.now) {
    return refused(call, 'the interaction is over')
  }
  const { futureSeconds } = call.services.profile
  if (claims.authTime + futureSeconds < provenAfter(place, call.now)) {
    return refused(call, 'the person has to prove itself again')
  }
  if (!(await claimOnce(call, host, claims))) return refused(call, 'the token was used')
  const outsider = { issuer: host.issuer, subject: claims.sub, claims: claims.all }
  const person = await personOf(call, outsider, host.people)
  if (person === undefined) return refused(call, 'the person is not known here')
  const arrival = randomBytes(32).toString('base64url')
  const way = {
    arrival: browserDigest(arrival),
    person: person.id,
    at: Math.min(claims.authTime, call.now),
    amr: claims.amr,
    acr: claims.acr,
  }
  await notePlace(call, place, { way })
  const query = new URLSearchParams({ id: claims.interaction, arrival })
  return seeOther(`${pathOf(call.tenant, 'interaction')}?${query}`)
}

const refused = (call: AuthorizationCall, why: string): Answer =>
  refusalPage(call, { reason: 'oauth.form-forged', kind: 'forbidden', detail: { why } })

/** When the person must have proven itself, at the earliest. */
function provenAfter(
  { record, data }: { readonly record: Place['record']; readonly data: PlaceData },
  now: number,
): number {
  const { request, switching } = data
  if (switching || request?.prompt.includes('login') === true) return record.createdAt
  return request?.maxAge === undefined ? 0 : Math.min(record.createdAt, now - request.maxAge)
}

interface HandOffClaims {
  readonly sub: string
  readonly jti: string
  readonly interaction: string
  readonly iat: number
  readonly exp: number
  readonly authTime: number
  readonly amr: readonly string[]
  readonly acr: string | undefined
  readonly all: Readonly<Record<string, unknown>>
}

async function verifiedClaims(
  { services: { profile }, tenant, now }: AuthorizationCall,
  { issuer, keys }: ResolvedHandOff,
  token: string,
): Promise<HandOffClaims | undefined> {
  const policy = jwtPolicy({
    issuer,
    keys,
    algorithms: profile.algorithms,
    audience: tenant.issuer,
    tokenType: [TYPE],
    profile: 'custom',
    requiredClaims: ['sub', 'jti', 'iat', 'interaction'],
    clockToleranceSeconds: profile.futureSeconds,
    maxTokenBytes: MAX_CHARS,
    cacheEntries: 0,
  })
  if (token.length > MAX_CHARS) return undefined
  const verdict = await verifyJwt(token, policy, now)
  return verdict.outcome === 'accepted' ? readClaims(verdict.principal.claims) : undefined
}

function readClaims(all: Readonly<Record<string, unknown>>): HandOffClaims | undefined {
  const { sub, jti, interaction, iat, exp, aud, auth_time: authTime = iat, amr, acr } = all
  // Several audiences: whoever else is meant could use it here.
  if (!isText(sub) || !isText(jti) || !isText(interaction) || typeof aud !== 'string')
    return undefined
  if (typeof iat !== 'number' || typeof exp !== 'number' || typeof authTime !== 'number') {
    return undefined
  }
  if (exp - iat > MAX_SECONDS || authTime > iat) return undefined
  const methods = Array.isArray(amr) ? amr.filter(isText).slice(0, 10) : []
  const level = isText(acr) ? acr : undefined
  return { sub, jti, interaction, iat, exp, authTime, amr: methods, acr: level, all }
}

const isText = (value: unknown): value is string =>
  typeof value === 'string' && value !== '' && value.length <= MAX_TEXT

async function claimOnce(
  { services, tenant, now }: AuthorizationCall,
  { issuer }: ResolvedHandOff,
  { jti, iat, exp }: HandOffClaims,
): Promise<boolean> {
  const toleranceSeconds = services.profile.futureSeconds
  const claim = {
    tenant: tenant.id,
    credentialId: issuer,
    use: hash('sha256', `hand-off ${jti}`, 'base64url'),
    signedAt: iat,
    expiresAt: exp + 2 * toleranceSeconds,
    toleranceSeconds,
  }
  const outcome = await services.replay.claim(claim, now)
  if (outcome !== 'fenced') return outcome === 'claimed'
  throw new UnavailableError('replay', 'the token is older than the store', toleranceSeconds + 1)
}
