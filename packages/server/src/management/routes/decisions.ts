import { ok, type DecisionRecord } from 'countersign'
import { z } from 'zod'
import { notFound } from '../../credentials/refusal.ts'
import { explainDecision } from '../../decisions/explain.ts'
import { DEFAULT_TENANT } from '../../tenants/directory.ts'
import { output } from '../components.ts'
import { shown } from '../fields.ts'
import { route, type Route } from '../route.ts'

const compared = z.union([z.string(), z.number(), z.boolean(), shown.texts]).optional()

const Decision = output(
  'Decision',
  z.object({
    decisionId: shown.text,
    atMs: z.int(),
    outcome: z.enum(['allowed', 'refused']),
    reason: shown.text.optional(),
    detail: shown.metadata.optional(),
    method: shown.text.optional(),
    tenant: shown.text.optional(),
    principalId: shown.text.optional(),
    credentialId: shown.text.optional(),
    request: z.object({
      method: shown.text,
      authority: shown.text,
      path: shown.text,
      clientAddress: shown.text.optional(),
    }),
    checks: z
      .array(
        z.object({
          name: shown.text,
          passed: z.boolean(),
          expected: compared,
          actual: compared,
        }),
      )
      .readonly(),
    explanation: z
      .object({
        status: z.int(),
        wire: shown.text,
        title: shown.text,
        rule: shown.text,
        advice: shown.text,
      })
      .nullable(),
  }),
)

/** A refusal before the tenant was known belongs to nobody but the operator. */
const isOf = (tenant: string, decision: DecisionRecord): boolean =>
  (decision.tenant ?? DEFAULT_TENANT) === tenant

/** Decisions, kept for `explain`. */
export const decisionRoutes: readonly Route[] = [
  route({
    method: 'get',
    path: '/v1/decisions/{id}',
    scope: 'countersign:decisions:read',
    summary: 'Explain a decision: every check in order, with the values compared',
    response: Decision,
    status: 200,
    async handle({ ctx, tenant, param }) {
      const decision = await ctx.decisions.find(param('id'))
      if (decision === undefined || !isOf(tenant, decision)) return notFound('decision')
      return ok(explainDecision(decision))
    },
  }),
]
