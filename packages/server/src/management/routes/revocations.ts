import { ok } from 'countersign'
import { z } from 'zod'
import { secondsOf } from '../../credentials/audited.ts'
import { invalid } from '../../credentials/refusal.ts'
import { revoke } from '../../credentials/revocations.ts'
import type { ChangeRecord } from '../../model/records.ts'
import { input, output } from '../components.ts'
import { given, shown } from '../fields.ts'
import { pick } from '../pick.ts'
import { route, type Route } from '../route.ts'
import { tokenSubject } from '../token-subject.ts'
import { shownAs } from './principals.ts'

const KINDS = ['token', 'grant', 'principal', 'client', 'credential', 'key', 'tenant'] as const

const Revocation = output(
  'Revocation',
  z.object({
    kind: z.enum(KINDS),
    subject: shown.text,
    issuedBefore: shown.timeOrNull.meta({
      description: 'Only what was issued (or looked up) at or before this falls; null: all of it.',
    }),
  }),
)

const Announced = output(
  'AnnouncedRevocation',
  z.object({ ...Revocation.shape, sequence: z.int(), at: shown.time, expiresAt: shown.time }),
)
const Announcements = output('Revocations', z.object({ items: z.array(Announced).readonly() }))

const NewRevocation = input(
  'NewRevocation',
  z.union(
    [
      z.strictObject({
        kind: z.enum(KINDS),
        subject: z.string().min(1).max(500),
        issuedBefore: given.time.optional(),
        reason: given.text.optional(),
      }),
      z.strictObject({
        token: z.string().min(1).max(16_384).meta({
          description: 'An access token of this tenant, instead of its id.',
          writeOnly: true,
        }),
        reason: given.text.optional(),
      }),
    ],
    { error: 'Write kind and subject, or token.' },
  ),
)

const show = (change: ChangeRecord) =>
  pick(change, 'kind', 'subject', 'issuedBefore', 'sequence', 'at', 'expiresAt')

/** Revocation by name, for everything that can be named. */
export const revocationRoutes: readonly Route[] = [
  route({
    method: 'post',
    path: '/v1/revocations',
    scope: 'countersign:revocations:write',
    summary: 'Revoke a token, grant, principal, client, credential, key or tenant',
    body: NewRevocation,
    response: Revocation,
    status: 201,
    async handle({ ctx, tenant, actor, body }) {
      const subject = 'token' in body ? tokenSubject(ctx, tenant, body.token) : body.subject
      if (subject === undefined) return invalid('/token', 'Send an access token of this tenant.')
      const named = 'token' in body ? ({ kind: 'token', reason: body.reason } as const) : body
      const done = await revoke(ctx, { ...named, tenant, subject }, actor)
      return shownAs(done, ({ kind, issuedBefore = null }) => ({ kind, subject, issuedBefore }))
    },
  }),
  route({
    method: 'get',
    path: '/v1/revocations',
    scope: 'countersign:revocations:read',
    summary: 'List what verifiers are told to refuse or to look up again now, newest first',
    response: Announcements,
    status: 200,
    async handle({ ctx, tenant }) {
      const { changes } = await ctx.store.changes.snapshot(secondsOf(ctx))
      const own = changes.filter((change) => change.tenant === tenant)
      return ok({ items: own.toReversed().slice(0, 1000).map(show) })
    },
  }),
]
