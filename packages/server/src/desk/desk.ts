import { guard, type Guard, type GuardOptions, type Method } from 'countersign'
import { apiKey } from 'countersign/api-key'
import { basic } from 'countersign/basic'
import { dpop } from 'countersign/dpop'
import { httpSignature } from 'countersign/http-signature'
import {
  certificateBound,
  mtls,
  type CertificateOrigin,
  type CertificateProxy,
} from 'countersign/mtls'
import { opaque } from 'countersign/opaque'
import { sigv4 } from 'countersign/sigv4'
import { apiKeySource } from '../credentials/api-key-source.ts'
import { basicSource } from '../credentials/basic-source.ts'
import { opaqueSource } from '../credentials/opaque-source.ts'
import { signingKeySource, sigv4Source } from '../credentials/signing-credentials-source.ts'
import type { Services } from '../services.ts'
import { DEFAULT_TENANT, issuerOf } from '../tenants/directory.ts'
import { jwtMethod } from './jwt-method.ts'

/** What an application's desk accepts. */
export interface DeskOptions {
  /** This API, as tokens name it. No default: a token for another API must not open this one. */
  readonly audience: string | readonly string[]
  /** @defaultValue `default` */
  readonly tenant?: string
  /** Environments of the API keys that are accepted. @defaultValue `live` */
  readonly environment?: string | readonly string[]
  /**
   * Names that callers address this API by: `api.example.com`. A request that was signed for another
   * API of this authority must not be good here. @defaultValue what the request says
   */
  readonly authorities?: readonly string[]
  /** The region and the service that SigV4 clients sign for. Without it they are not accepted. */
  readonly sigv4?: { readonly region: string; readonly service: string }
  /**
   * The proxy in front of this API that ends TLS and says which certificate a client has.
   *
   * @defaultValue as the authority is told
   */
  readonly clientCertificates?: { readonly from: CertificateProxy }
  /** Ways to be less strict; each is a risk. */
  readonly unsafe?: {
    /** Accept passwords over plain HTTP from this machine, for development. */
    readonly allowHttp?: 'loopback'
  }
}

/** A desk: methods to combine with others, and a guard of just these. */
export interface Desk {
  readonly methods: readonly Method[]
  /** Makes a guard whose decisions are kept for `explain` and counted in the metrics. */
  guard(options?: Omit<GuardOptions, 'methods' | 'clock'>): Guard
}

/**
 * Makes a desk: JWT and opaque access tokens of the tenant's issuer for this audience (bearer, or
 * bound to a DPoP key, a client certificate or both), API keys likewise, passwords of the tenant's users,
 * requests that are signed with keys of its services, and certificates of the authority's CA.
 */
export function makeDesk(services: Services, options: DeskOptions): Desk {
  const methods = localMethods(services, options)
  const { trustedProxies } = services
  return {
    methods,
    guard: (given = {}) =>
      guard({
        trustedProxies,
        ...given,
        limits: { store: services.limits, ...given.limits },
        methods,
        clock: services.clock,
        onDecision: (record) => {
          services.decisions.record(record)
          given.onDecision?.(record)
        },
      }),
  }
}

/** What access tokens are verified with. */
type TokenServices = Pick<
  Services,
  'issuer' | 'brand' | 'store' | 'secrets' | 'signingKeys' | 'signing' | 'revocations'
>

/** What certificates are verified with. */
type CertificateServices = Pick<Services, 'certificates' | 'revocations'>

/** Access tokens of a tenant's issuer for an audience, JWT and opaque. */
function tokenMethods(
  services: TokenServices,
  { audience, tenant = DEFAULT_TENANT }: Pick<DeskOptions, 'audience' | 'tenant'>,
): readonly Method[] {
  const { issuer, brand, revocations } = services
  const source = opaqueSource(services, tenant)
  return [
    jwtMethod(services, { tenant, issuer: issuerOf(issuer, tenant), audience }),
    opaque({ source, brand, audience, revocations }),
  ]
}

/** The methods of a desk, all of them over what this process holds. */
export function localMethods(services: Services, options: DeskOptions): readonly Method[] {
  const { brand, revocations, replay } = services
  const { tenant = DEFAULT_TENANT, environment = 'live', unsafe } = options
  const onUse = useOf(services)
  const from = options.clientCertificates?.from ?? services.certificateOrigin
  const keys = apiKey({
    brand,
    environment,
    source: apiKeySource(services, tenant),
    revocations,
    onUse,
  })
  return [
    ...[...tokenMethods(services, options), keys].map((method) =>
      certificateBound(dpop(method, { replay }), { from }),
    ),
    ...certificateMethods(services, { from, tenant }),
    basic({
      source: basicSource(services, tenant),
      revocations,
      failureStore: services.limits,
      ...(unsafe === undefined ? {} : { unsafe }),
    }),
    ...signatureMethods(services, options),
  ]
}

/**
 * How callers of the authority itself prove themselves, beside API keys: access tokens of the default
 * tenant's clients for the authority, certificates of every tenant's principals.
 */
export const callerMethods = (
  services: TokenServices & CertificateServices,
  { audience, from }: { readonly audience: string; readonly from: CertificateOrigin },
): readonly Method[] => [
  ...tokenMethods(services, { audience }).map((method) => certificateBound(method, { from })),
  ...certificateMethods(services, { from }),
]

/** Certificates of the authority's CA, where it has one. */
function certificateMethods(
  { certificates, revocations }: CertificateServices,
  { from, tenant }: { readonly from: CertificateOrigin; readonly tenant?: string },
): readonly Method[] {
  if (certificates === undefined) return []
  const { trust } = certificates
  return [mtls({ trust, identify: certificates.identify(tenant), revocations, from })]
}

/** Requests that are signed with keys of this authority, in each of the ways that callers sign. */
function signatureMethods(services: Services, options: DeskOptions): readonly Method[] {
  const { tenant = DEFAULT_TENANT, authorities } = options
  const { revocations, replay } = services
  const common = { revocations, replay, onUse: useOf(services) }
  const signatures = httpSignature({
    ...common,
    algorithms: ['ed25519', 'ecdsa-p256-sha256', 'hmac-sha256'],
    source: signingKeySource(services, tenant),
    ...(authorities === undefined ? {} : { authorities }),
  })
  if (options.sigv4 === undefined) return [signatures]
  return [signatures, sigv4({ ...common, ...options.sigv4, source: sigv4Source(services, tenant) })]
}

const useOf =
  ({ lastUsed }: Services) =>
  (id: string, now: number): void => {
    lastUsed.used(id, now)
  }
