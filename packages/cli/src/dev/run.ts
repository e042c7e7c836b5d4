import { serve, type Authority } from '@countersign/server'
import type { ResolvedConfig } from '@countersign/server/config'
import type { Call } from '../command.ts'
import { api } from '../connection/api.ts'
import { isLoopbackHost, issuerOf, openAuthority } from '../connection/embedded.ts'
import { configuredStore } from '../connection/store.ts'
import { dataFolder, readPrivate, type DataFolder } from '../data-folder/folder.ts'
import { DEMO_AUDIENCE, DEMO_SIGV4, demoApi } from '../demo/api.ts'
import { CliError, usage } from '../exit.ts'
import { choosePort } from '../serving/listener.ts'
import { initialise } from '../setup/initialise.ts'
import { keepCertificate, type CertificateFiles } from './certificates.ts'
import { chooseSecurePort, DEV_TRUST_DOMAIN, resolveFlag, SECURE_HOST } from './secure-listener.ts'
import { DEV_ENVIRONMENT, seed, type DevCredentials } from './seed.ts'

/** The listener with TLS, and certificates for its clients. */
export interface SecureInstallation {
  /** `https://localhost:4181` */
  readonly origin: string
  /** What curl needs to find it: mostly nothing. */
  readonly resolve: string
  readonly client: CertificateFiles
  /** There to be revoked; every start makes another. */
  readonly spare: CertificateFiles
}

/** A running `dev`. */
export interface DevInstallation {
  readonly origin: string
  readonly data: string
  /** Whether the data folder was made just now. */
  readonly isNew: boolean
  readonly credentials: DevCredentials
  readonly secure: SecureInstallation
}

/**
 * Runs a whole installation on loopback: data folder, authority, demo API, one credential of each
 * pattern. Closed with the call.
 */
export async function runDev(given: ResolvedConfig, call: Call): Promise<DevInstallation> {
  if (!isLoopbackHost(given.host))
    throw usage(`dev listens on this machine only, not on ${given.host}; use \`countersign serve\``)
  const config = await onLoopback(given)
  const isNew = !(await (await configuredStore(config)).exists())
  const key = await prepare(config, call, isNew)
  const authority = await openAuthority(config, call, {
    logLevel: 'warn',
    // A data folder of its own has accepted nothing before it was made.
    noReplayFence: true,
    certificates: { trustDomain: DEV_TRUST_DOMAIN, dnsDomains: [SECURE_HOST] },
  })
  const desk = authority.desk({
    audience: DEMO_AUDIENCE,
    environment: DEV_ENVIRONMENT,
    sigv4: DEMO_SIGV4,
    unsafe: { allowHttp: 'loopback' },
  })
  const demo = demoApi(desk.guard({ realm: 'demo' }))
  const { host, port } = config
  const securePort = await chooseSecurePort(host, port)
  const server = await serve(authority, {
    host,
    port,
    secure: { host, port: securePort, tls: { issue: { dnsNames: [SECURE_HOST] } } },
    drainSeconds: 1,
    fallback: (request, connection) => demo(request, connection) ?? nothing(),
  })
  call.resources.defer(() => server.close())
  const origin = authority.issuer
  const management = api({ fetch: (request) => authority.fetch(request), base: origin, key })
  const folder = dataFolder(config.data)
  const credentials = await seed(management, folder, origin)
  const secure = {
    origin: `https://${SECURE_HOST}:${securePort}`,
    resolve: await resolveFlag(host, securePort),
    ...(await certificatesFor(authority, credentials, { folder, call })),
  }
  return { origin, data: config.data, isNew, credentials, secure }
}

/** Certificates for callers of the secure listener, kept current until the call is over. */
async function certificatesFor(
  authority: Authority,
  { issuingKey }: DevCredentials,
  { folder, call }: { readonly folder: DataFolder; readonly call: Call },
): Promise<Pick<SecureInstallation, 'client' | 'spare'>> {
  const send: typeof fetch = (input, init) => authority.fetch(new Request(input, init))
  const keep = (name: string): Promise<CertificateFiles> =>
    keepCertificate({ name, folder, issuingKey, fetch: send }, (close) => {
      call.resources.defer(close)
    })
  return { client: await keep('client'), spare: await keep('spare') }
}

/** The issuer is where it listens, whatever a configuration for production says. */
async function onLoopback(config: ResolvedConfig): Promise<ResolvedConfig> {
  const port = await choosePort(config.host, config.port)
  const here = { ...config, issuer: undefined, tls: undefined, port, audience: [DEMO_AUDIENCE] }
  return { ...here, issuer: issuerOf(here) }
}

/** Completes the data folder and answers its management key, a new one if the file is gone. */
async function prepare(config: ResolvedConfig, call: Call, isNew: boolean): Promise<string> {
  const { adminKey } = dataFolder(config.data)
  const known = readPrivate(adminKey)
  if (known !== undefined && !isNew) return known
  const { key } = await initialise(config, call.environment, { newKey: !isNew })
  if (key === undefined) throw new CliError('failure', `${adminKey} is missing`)
  return key.reveal()
}

const nothing = (): Response => Response.json({ status: 404, code: 'not-found' }, { status: 404 })
