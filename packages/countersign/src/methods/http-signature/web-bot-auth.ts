/**
 * Web Bot Auth: automated clients sign their requests with a key that their own origin publishes.
 * Follows draft-ietf-webbotauth-httpsig-protocol-00, which replaces
 * draft-meunier-web-bot-auth-architecture-05 and draft-meunier-http-message-signatures-directory-05.
 */
import { map } from '../../core/maybe.ts'
import type { Attempt, Method } from '../../core/method.ts'
import type { Principal } from '../../core/principal.ts'
import { rejected, type Rejected } from '../../core/verdict.ts'
import { BUSY } from './directory-cache.ts'
import { knownAgentKey, type AgentKey } from './directory-key.ts'
import type { UnverifiedSignature } from './format.ts'
import { resolveHttpSignature } from './policy.ts'
import type { Proving, SignatureProfile } from './profile.ts'
import type { KnownKey } from './look-up.ts'
import { signatureMethod } from './verify.ts'
import { coveredAgent } from './web-bot-auth-agent.ts'
import { AGENT_FIELD, BOT_TAG } from './web-bot-auth-format.ts'
import {
  resolveWebBotAuth,
  type ResolvedWebBotAuth,
  type VerifiedAgent,
  type WebBotAuthOptions,
} from './web-bot-auth-policy.ts'

export type { DirectoryOptions, VerifiedAgent, WebBotAuthOptions } from './web-bot-auth-policy.ts'

/** The member of the principal's `claims` that holds the {@link VerifiedAgent}. */
export const AGENT_CLAIM = 'webBotAuth'

/**
 * Accepts requests that are signed by Web Bot Auth: a profile of HTTP message signatures, verified by
 * the code of {@link httpSignature}, whose keys come from the directory of the agent itself.
 *
 * Checks, in order: authority, size and form, tag; for each signature in question `created` and
 * `keyid`, `expires`, life, form of the `keyid`, the agent (covered, an origin, welcome); coverage,
 * time, components; then the directory, which nothing that failed before has fetched; the key in
 * it, the key's algorithm, signature; its times, revocation; the bytes of the body; that it was not
 * used before.
 *
 * The principal is a `client`: `id` and `clientId` are the origin of the agent, which outlives its
 * keys; `credentialId` is origin and thumbprint; `claims` tell both ({@link verifiedAgent}). It has
 * no scopes but those of `scopes`.
 *
 * A signature need cover no more than the authority and the agent. Routes that do more than read
 * should ask for `components: ['@method', '@path', '@query']`. Stand it before a general
 * `httpSignature` in the list of methods: it takes the requests that name an agent, and no others.
 *
 * Does not say that an agent means well. Does not follow the discovery types `jwks_uri` and `cimd`,
 * nor `data:` URLs, which the draft no longer has.
 *
 * @throws {@link ConfigError} for options that cannot be meant.
 *
 * @example
 * ```ts
 * const bots = webBotAuth({ authorities: ['api.example'], agents: ['https://crawler.example'] })
 * const desk = guard({ methods: [bots] })
 * ```
 * @see [draft-ietf-webbotauth-httpsig-protocol](https://datatracker.ietf.org/doc/draft-ietf-webbotauth-httpsig-protocol/)
 */
export function webBotAuth(options: WebBotAuthOptions): Method {
  const own = resolveWebBotAuth(options)
  const { unprovenKeys: _keys, testKeys: _test, ...unsafe } = options.unsafe ?? {}
  const { agents: _agents, anyAgent: _any, scopes: _scopes, directory: _dir, ...rest } = options
  const policy = resolveHttpSignature(
    {
      ...rest,
      algorithms: own.algorithms,
      source: { kind: 'records', find: () => undefined },
      tag: BOT_TAG,
      maxAgeSeconds: own.maxLifetimeSeconds,
      unsafe: { ...unsafe, components: ['@authority'] },
    },
    profileOf(own),
  )
  return Object.freeze({
    ...signatureMethod(policy),
    locate: ({ view }: Attempt) => (isAgentRequest(view) ? 'signature' : undefined),
  } satisfies Method)
}

/** Signed, and for this profile: by the tag, or by a field that nobody else sends. */
function isAgentRequest(view: Attempt['view']): boolean {
  const inputs = view.header('signature-input')
  if (inputs.length + view.header('signature').length === 0) return false
  return view.header(AGENT_FIELD).length > 0 || inputs.some((value) => value.includes(BOT_TAG))
}

/** Which agent a principal is; undefined when it came another way. */
export const verifiedAgent = ({ method, claims }: Principal): VerifiedAgent | undefined =>
  method === 'http-signature'
    ? // Only knownAgent sets the member, unless an operator's own record does.
      (claims[AGENT_CLAIM] as VerifiedAgent | undefined)
    : undefined

const profileOf = (own: ResolvedWebBotAuth): SignatureProfile => ({
  asks: [[AGENT_FIELD, new Map([['key', 'sig1']])]],
  check: (attempt, found) => checkTimes(own, attempt, found) ?? checkAgent(own, attempt, found),
  key: ({ view, now, trace }, found) => {
    const agent = coveredAgent(found, view.header(AGENT_FIELD))
    if (!agent.ok) return rejected(agent.error)
    const wanted = { origin: agent.value, keyId: found.parameters.keyId ?? '', now }
    return map(own.directories.find(wanted), (outcome) => {
      const problem = outcome.ok ? undefined : outcome.error
      trace?.check('web-bot-auth.directory', outcome.ok, undefined, problem)
      if (!outcome.ok) return noDirectory(outcome.error)
      return outcome.value && knownAgent(own, agent.value, { key: outcome.value, now })
    })
  },
})

const noDirectory = (problem: string): Rejected =>
  problem === BUSY
    ? rejected('web-bot-auth.directory-busy', { retryAfterSeconds: 60 })
    : rejected('web-bot-auth.directory-failed', { problem })

/** base64url of 32 bytes: what no key has as its thumbprint cannot be in any directory. */
const THUMBPRINT = /^[A-Za-z0-9_-]{43}$/

function checkTimes(
  { maxLifetimeSeconds }: ResolvedWebBotAuth,
  { trace }: Proving,
  { parameters }: UnverifiedSignature,
): Rejected | undefined {
  const { created = 0, expires, keyId = '' } = parameters
  trace?.check('web-bot-auth.expires', expires !== undefined)
  if (expires === undefined) return rejected('web-bot-auth.parameter-missing')
  const life = expires - created
  const bounded = life > 0 && life <= maxLifetimeSeconds
  trace?.check('web-bot-auth.lifetime', bounded, maxLifetimeSeconds, life)
  if (!bounded) return rejected('web-bot-auth.lifetime-too-long', { life, maxLifetimeSeconds })
  const formed = THUMBPRINT.test(keyId)
  trace?.check('web-bot-auth.keyid', formed)
  return formed ? undefined : rejected('web-bot-auth.keyid-invalid')
}

function checkAgent(
  { agents }: ResolvedWebBotAuth,
  { view, trace }: Proving,
  found: UnverifiedSignature,
): Rejected | undefined {
  const agent = coveredAgent(found, view.header(AGENT_FIELD))
  trace?.check('web-bot-auth.agent', agent.ok)
  if (!agent.ok) return rejected(agent.error)
  const welcome = agents?.has(agent.value) ?? true
  trace?.check('web-bot-auth.agent-allowed', welcome)
  return welcome ? undefined : rejected('web-bot-auth.agent-denied')
}

function knownAgent(
  { tenant, scopes }: ResolvedWebBotAuth,
  origin: string,
  { key, now }: { readonly key: AgentKey; readonly now: number },
): KnownKey {
  const agent: VerifiedAgent = Object.freeze({ origin, keyId: key.keyId })
  const record = {
    id: `${origin}#${key.keyId}`,
    tenant,
    principalId: origin,
    principalType: 'client',
    scopes: scopes(agent),
    metadata: { [AGENT_CLAIM]: agent },
  } as const
  return knownAgentKey(key, record, now)
}
