import { ok } from 'countersign'
import { z } from 'zod'
import { secondsOf } from '../../credentials/audited.ts'
import { notFound } from '../../credentials/refusal.ts'
import { input, output } from '../components.ts'
import { decideDescribed, MAX_DESCRIBED_BODY_BYTES } from '../described-request.ts'
import { shown } from '../fields.ts'
import { route, type Route } from '../route.ts'
import { leaseKey } from '../signing-key-leases.ts'
import { verifyCredential } from '../verify-credential.ts'

const value = z.string().max(8192)
const scopeName = z.string().regex(/^[A-Za-z0-9-]{1,64}$/)

const Credential = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('api-key'), value }),
  z.strictObject({ kind: z.literal('opaque'), value }),
  z.strictObject({
    kind: z.literal('basic'),
    username: z.string().max(1024),
    password: z.string().max(1024),
  }),
  z.strictObject({ kind: z.literal('http-signature'), keyId: z.string().max(256) }),
  z.strictObject({
    kind: z.literal('sigv4'),
    accessKeyId: z.string().max(128),
    date: z.string().regex(/^\d{8}$/),
    region: scopeName,
    service: scopeName,
  }),
])

const base64Length = (bytes: number): number => Math.ceil(bytes / 3) * 4

const DescribedRequest = z.strictObject({
  method: z.string().max(32),
  scheme: z.enum(['http', 'https']),
  authority: z.string().max(255),
  target: z.string().max(16_384),
  headers: z.array(z.tuple([z.string().max(256), z.string().max(16_384)])).max(200),
  clientAddress: z.string().max(64).optional(),
  body: z.base64().max(base64Length(MAX_DESCRIBED_BODY_BYTES)).optional().meta({
    description:
      'The body as received, in base64, at most 1 MiB: for signed requests, which bind it. Without it a request that announces a body is refused by the methods that must see it.',
  }),
})

const SigV4Scope = z.strictObject({ region: scopeName, service: scopeName }).meta({
  description: 'The region and the service that the API is. Without it SigV4 is not accepted.',
})

const METHODS = ['jwt', 'opaque', 'api-key', 'basic', 'mtls', 'http-signature', 'sigv4'] as const

const Requirement = z.strictObject({
  scopes: z.array(z.string().max(128)).max(100).optional(),
  methods: z.array(z.enum(METHODS)).optional(),
  principals: z.array(z.enum(['user', 'service', 'client', 'agent'])).optional(),
  senderConstrained: z.boolean().optional(),
  maxAuthenticationAgeSeconds: z.int().min(0).optional(),
  acr: z.array(z.string().max(256)).max(20).optional(),
  amr: z.array(z.string().max(256)).max(20).optional(),
  cost: z.int().min(1).max(1_000_000).optional(),
})

const VerifyRequest = input(
  'Verification',
  z.union(
    [
      z.strictObject({ credential: Credential }),
      z.strictObject({
        request: DescribedRequest,
        requirement: Requirement.optional(),
        sigv4: SigV4Scope.optional(),
      }),
    ],
    { error: 'Write credential, or request with an optional requirement.' },
  ),
)

const limits = z.array(z.unknown()).readonly()

const Verdict = output(
  'Verdict',
  z.union([
    z.object({
      outcome: z.literal('accepted'),
      principal: z.unknown(),
      limits,
      networks: shown.texts,
      audiences: shown.texts.optional(),
      grantId: shown.text.optional(),
      expiresAt: shown.timeOrNull,
      asOf: shown.time,
    }),
    z.object({
      outcome: z.literal('found'),
      credential: z.unknown(),
      publicJwk: z.unknown().optional(),
      signingKey: shown.text.optional().meta({
        description: 'Of SigV4: the key of the day. Needs countersign:day-keys:<region>:<service>.',
      }),
      asOf: shown.time,
    }),
    z.object({ outcome: z.literal('rejected'), reason: shown.text, asOf: shown.time }),
    z.object({
      outcome: z.literal('allowed'),
      decisionId: shown.text,
      principal: z.unknown(),
      limits,
    }),
    z.object({
      outcome: z.literal('refused'),
      decisionId: shown.text,
      reason: shown.text,
      status: z.int(),
      headers: z.array(z.tuple([z.string(), z.string()]).readonly()).readonly(),
      body: shown.text,
    }),
    z.object({ outcome: z.literal('preflight') }),
  ]),
)

/** Verification for any language: a credential or a described request in, a decision out. */
export const verifyRoutes: readonly Route[] = [
  route({
    method: 'post',
    path: '/v1/verify',
    scope: 'countersign:verify',
    summary: 'Verify a credential, or decide a described request',
    body: VerifyRequest,
    response: Verdict,
    // The body of the described request, and its headers.
    maxBodyBytes: base64Length(MAX_DESCRIBED_BODY_BYTES) + 131_072,
    status: 200,
    async handle({ ctx, services, tenant, principal, body }) {
      if ('credential' in body) {
        const { credential } = body
        // Before the look-up: what commits during it is newer, and ends the lease.
        const asOf = secondsOf(ctx)
        if (credential.kind === 'http-signature' || credential.kind === 'sigv4') {
          const lease = await leaseKey({ ctx, tenant, principal }, credential)
          return lease.ok ? ok({ ...lease.value, asOf }) : lease
        }
        const verdict = await verifyCredential(ctx, tenant, credential)
        if (verdict.outcome === 'accepted') {
          services.usage.used(verdict.principal.credentialId, asOf)
        }
        return ok({ ...verdict, asOf })
      }
      const desk = await services.deskOf(tenant, body.sigv4)
      if (desk === undefined) return notFound('tenant')
      return ok(await decideDescribed(desk, body.request, definedOf(body.requirement)))
    },
  }),
]

type GivenRequirement = z.output<typeof Requirement>

/** Absent means not asked; an optional member of the schema may be there and undefined. */
function definedOf(requirement: GivenRequirement = {}) {
  const { scopes, methods, principals, senderConstrained, cost } = requirement
  const { maxAuthenticationAgeSeconds, acr, amr } = requirement
  return {
    ...(scopes === undefined ? {} : { scopes }),
    ...(methods === undefined ? {} : { methods }),
    ...(principals === undefined ? {} : { principals }),
    ...(senderConstrained === undefined ? {} : { senderConstrained }),
    ...(maxAuthenticationAgeSeconds === undefined ? {} : { maxAuthenticationAgeSeconds }),
    ...(acr === undefined ? {} : { acr }),
    ...(amr === undefined ? {} : { amr }),
    ...(cost === undefined ? {} : { cost }),
  }
}
