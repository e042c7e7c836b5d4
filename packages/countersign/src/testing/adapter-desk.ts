/** A guard whose verdicts a test chooses: what adapters do around a verdict is tested with it. */
import type { DecisionRecord } from '../core/decision.ts'
import { UnavailableError } from '../core/errors.ts'
import { guard, type Guard } from '../core/guard.ts'
import type { GuardOptions } from '../core/guard-options.ts'
import type { LimitPolicy } from '../core/limits.ts'
import { map, type MaybePromise } from '../core/maybe.ts'
import type { Attempt, Method } from '../core/method.ts'
import type { ServicePrincipal } from '../core/principal.ts'
import type { BodyBytes, RequestView } from '../core/request.ts'
import { accepted, rejected, type Verdict } from '../core/verdict.ts'

/** The caller behind every accepted credential of {@link scriptedDesk}. */
export const SCRIPTED_PRINCIPAL: ServicePrincipal = {
  type: 'service',
  id: 'svc_scripted',
  tenant: 'default',
  method: 'api-key',
  credentialId: 'key_scripted',
  scopes: ['orders:read'],
  claims: {},
  authenticatedAt: 1_700_000_000,
}

/** The largest body that the scripted method `body` reads. */
export const SCRIPTED_BODY_BYTES = 100_000

/** What `told` and `told-off` add to the answer. */
const TOLD = [['x-scripted', 'a word from the method']] as const

const LIMIT: LimitPolicy = {
  name: 'per-key',
  algorithm: 'sliding-window',
  limit: 1000,
  windowSeconds: 60,
}

/** A guard, what it recorded, and the way to end a verdict that is being waited for. */
export interface ScriptedDesk {
  readonly desk: Guard
  readonly records: readonly DecisionRecord[]
  /** Resolves when a `slow` credential is being verified. */
  pending(): Promise<void>
  /** Lets the verdict of `slow` arrive. */
  release(): void
}

/**
 * Makes a guard that reads `X-API-Key` and does what its value says: `good`, `limited` and `bad`
 * now, `later` in a moment, `slow` when released, `told` and
 * `told-off` with a field for the answer, `down` and `crash` (also `crash-later`) not at
 * all, `body` once it has read at most {@link SCRIPTED_BODY_BYTES} of it, which become the claim
 * `body`. `Authorization: Bearer` with the same words does the same.
 */
export function scriptedDesk(options: Partial<GuardOptions> = {}): ScriptedDesk {
  const records: DecisionRecord[] = []
  const started = Promise.withResolvers<void>()
  const released = Promise.withResolvers<void>()
  const play: Play = (word, view) => {
    if (word === 'body') return map(view.body(SCRIPTED_BODY_BYTES), judgeBody)
    if (word === 'slow') {
      started.resolve()
      return released.promise.then(() => accepted(SCRIPTED_PRINCIPAL))
    }
    return script(word)
  }
  const desk = guard({
    methods: [byApiKey(play), byBearer(play)],
    onDecision: (record) => records.push(record),
    ...options,
  })
  return { desk, records, pending: () => started.promise, release: released.resolve }
}

/** What a method that binds the body knows of it. */
function judgeBody(body: BodyBytes): Verdict {
  if (!body.ok) return rejected(body.error)
  const text = new TextDecoder('latin1').decode(body.value)
  return accepted({ ...SCRIPTED_PRINCIPAL, claims: { body: text } })
}

function script(word: string): MaybePromise<Verdict> {
  switch (word) {
    case 'good':
      return accepted(SCRIPTED_PRINCIPAL)
    case 'limited':
      return accepted(SCRIPTED_PRINCIPAL, [LIMIT])
    case 'later':
      return Promise.resolve(accepted(SCRIPTED_PRINCIPAL))
    case 'told':
      return { ...accepted(SCRIPTED_PRINCIPAL), fields: TOLD }
    case 'told-off':
      return { ...rejected('api-key.unknown'), fields: TOLD }
    case 'down':
      throw new UnavailableError('store', 'scripted outage', 7)
    case 'crash':
      throw new Error('scripted crash')
    case 'crash-later':
      return Promise.reject(new Error('scripted crash'))
    default:
      return rejected('api-key.unknown')
  }
}

type Play = (word: string, view: RequestView) => MaybePromise<Verdict>

const byApiKey = (play: Play): Method => ({
  name: 'api-key',
  challenge: { scheme: 'ApiKey' },
  locate: ({ view }) => (view.header('x-api-key').length === 0 ? undefined : 'x-api-key'),
  verify: ({ view }) => play(view.header('x-api-key').join(), view),
})

const byBearer = (play: Play): Method => ({
  name: 'jwt',
  challenge: { scheme: 'Bearer' },
  locate: ({ authorization }: Attempt) =>
    authorization?.scheme === 'bearer' ? 'authorization' : undefined,
  verify: ({ authorization, view }) => play(authorization?.value ?? '', view),
})
