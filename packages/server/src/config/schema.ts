import { z } from 'zod'
import { oauthSchema } from './oauth.ts'

const seconds = (text: string, [min, max]: readonly [number, number]) =>
  z.int().min(min).max(max).describe(`${text} Seconds, ${min} to ${max}.`)

const port = (text: string) => z.int().min(0).max(65_535).describe(text)

const reference = (text: string) =>
  z
    .string()
    .regex(/^(?:env|file):.+$/, 'must be "file:<path>" or "env:<NAME>": a secret never stands here')
    .describe(text)

const tlsFile = (text: string) =>
  z
    .string()
    .regex(/^file:.+$/, 'must be "file:<path>"')
    .describe(text)

/** The origin, and perhaps a path, that tokens name as `iss`: no query, fragment or last slash. */
const issuer = z
  .string()
  .regex(
    /^https?:\/\/[^\s/?#@]+(?:\/[^\s?#]*[^\s/?#])?$/,
    'must be an http(s) URL without user, query, fragment or a slash at the end',
  )
  .describe(
    'Base URL that callers use, and the `iss` of every token. No default beyond loopback: a guessed issuer is a wrong one.',
  )

/**
 * The configuration as a file holds it. Every key is optional and unknown keys are errors; what is
 * absent comes from the environment, from flags or from the defaults of `resolveConfig`.
 */
export const configSchema = z
  .strictObject({
    $schema: z.string().optional().describe('For editors: where the JSON Schema is.'),
    issuer: issuer.optional(),
    host: z.string().min(1).optional().describe('Address to listen on. Default `127.0.0.1`.'),
    port: port('Port to listen on; 0 takes a free one. Default 4180.').optional(),
    metrics: z
      .strictObject({
        host: z.string().min(1).optional().describe('Default `127.0.0.1`.'),
        port: port('Its own port: metrics are not for callers.'),
      })
      .optional()
      .describe('A separate listener for `/metrics`. None by default.'),
    tls: z
      .strictObject({
        certificate: tlsFile('The certificate, and the CAs in between, PEM.').optional(),
        key: tlsFile('Its private key, PEM.').optional(),
        dnsNames: z
          .array(z.string().min(1))
          .min(1)
          .optional()
          .describe(
            'Instead of files: names for which the CA of this authority issues the certificate. Clients have to trust that CA.',
          ),
        requestClientCertificates: z
          .boolean()
          .optional()
          .describe('Whether clients are asked for a certificate. Default `true`.'),
      })
      .optional()
      .describe(
        'Listens with TLS, 1.2 or later. Files are read anew when they change. Without it, TLS is the business of a proxy.',
      ),
    data: z
      .string()
      .min(1)
      .optional()
      .describe('Folder of the database and the secrets, mode 0700. Default `.countersign`.'),
    store: z
      .string()
      .regex(
        /^(?:sqlite:.+|postgres(?:ql)?:\/\/.+)$/,
        'must be "sqlite:<path>" or "postgres://<user>@<host>/<database>"',
      )
      .optional()
      .describe(
        'Where everything is stored: `sqlite:<path>`, or `postgres://…` for several nodes. A URL with a password belongs into `COUNTERSIGN_STORE` or the file of `COUNTERSIGN_STORE_FILE`. Default `sqlite:<data>/countersign.db`.',
      ),
    redis: z
      .string()
      .regex(
        /^(?:rediss?|unix):\/\/.+$/,
        'must be "rediss://<host>", "redis://…" or "unix:///<path>"',
      )
      .optional()
      .describe(
        'A Redis 7 or Valkey that counts limits and remembers single uses, where many nodes ask often. A URL with a password belongs into `COUNTERSIGN_REDIS` or the file of `COUNTERSIGN_REDIS_FILE`. Default: the store does it.',
      ),
    brand: z
      .string()
      .regex(/^[a-z][a-z0-9]{1,11}$/, 'must be 2 to 12 of a-z and 0-9, starting with a letter')
      .optional()
      .describe('First part of every API key and opaque token. Default `cs`.'),
    audience: z
      .array(z.string().min(1))
      .min(1)
      .optional()
      .describe(
        'The APIs that `POST /v1/verify` decides for, as tokens name them. Default: the issuer alone.',
      ),
    signing: z
      .strictObject({
        algorithm: z
          .enum(['ES256', 'RS256', 'PS256', 'Ed25519'])
          .optional()
          .describe('Algorithm of new keys; old ones keep theirs. Default `ES256`.'),
        rotationSeconds: seconds(
          'How long a key signs before the next takes over. Default 2592000 (30 days).',
          [3600, 31_536_000],
        ).optional(),
        jwksMaxAgeSeconds: seconds(
          'How long caches may keep the key set; a new key waits longer than this before it signs. Default 300.',
          [1, 86_400],
        ).optional(),
      })
      .optional()
      .describe('The keys that sign tokens, and their rotation.'),
    certificates: z
      .strictObject({
        trustDomain: z
          .string()
          .min(1)
          .describe('SPIFFE trust domain: a host name that no other installation has.'),
        dnsDomains: z
          .array(z.string().min(1))
          .optional()
          .describe('Domains whose host names the CA may certify. Default none.'),
        names: z
          .array(
            z.strictObject({
              principalId: z.string().min(1).describe('Of a service, a user or a client.'),
              dns: z.array(z.string().min(1)).describe('Host names that it may have, in full.'),
            }),
          )
          .optional()
          .describe('Who may have which host names. Default nobody any.'),
      })
      .optional()
      .describe('A small CA that issues certificates to principals. None by default.'),
    trustedIssuers: z
      .array(
        z.strictObject({
          issuer: z.string().min(1).describe('The `iss` of its assertions, as an exact string.'),
          jwksUri: z
            .string()
            .regex(/^https:\/\//, 'must be an https: URL')
            .describe('Where it publishes its keys.'),
          algorithms: z.array(z.string().min(1)).min(1).describe('What it signs with: `ES256`, …'),
          scopes: z
            .array(z.string().min(1))
            .describe('The most that a token may be granted on its word.'),
          tenant: z.string().min(1).optional().describe('Whose people. Default `default`.'),
          usernameClaim: z
            .string()
            .min(1)
            .optional()
            .describe(
              'The claim that holds the user name. Default: `sub` is the id of a principal.',
            ),
        }),
      )
      .optional()
      .describe(
        'Issuers whose word about people is taken (JWT bearer grant, token exchange). None by default.',
      ),
    oauth: oauthSchema,
    trustedProxies: z
      .array(z.string())
      .optional()
      .describe(
        'Addresses or CIDR blocks of the proxies whose X-Forwarded-* is believed. None by default; there is no "all".',
      ),
    maxStalenessSeconds: seconds(
      'How long verdicts may outlive a store that cannot be read. Default 10.',
      [1, 300],
    ).optional(),
    secrets: z
      .strictObject({
        pepper: reference(
          'Keys the digests of generated secrets. Default `file:<data>/pepper`.',
        ).optional(),
        kek: reference(
          'Key-encryption key that seals the signing keys. Default `file:<data>/kek`.',
        ).optional(),
      })
      .optional()
      .describe('Where the master secrets are; one `<version>:<base64url of 32 bytes>` a line.'),
    log: z
      .strictObject({
        level: z
          .enum(['debug', 'info', 'warn', 'error', 'silent'])
          .optional()
          .describe('Default `info`.'),
      })
      .optional()
      .describe('Structured logs on stderr.'),
    unsafe: z
      .strictObject({
        allowUnverifiedStore: z
          .boolean()
          .optional()
          .describe(
            'Allows `sslmode=disable` and `sslmode=require` to a PostgreSQL server on another machine: whoever is in between reads and changes everything.',
          ),
        allowHttp: z
          .boolean()
          .optional()
          .describe(
            'Allows an `http:` issuer outside this machine: secrets and tokens cross the network in clear.',
          ),
      })
      .optional()
      .describe('Everything that weakens the authority, each with its risk.'),
  })
  .describe('Configuration of a Countersign authority.')

/** What a configuration file may hold. */
export type Config = z.infer<typeof configSchema>

/**
 * Types a configuration in `countersign.config.ts`; it answers what it was given.
 *
 * @example
 * ```ts
 * export default defineConfig({ issuer: 'https://auth.example.com', host: '0.0.0.0' })
 * ```
 */
export function defineConfig(config: Config): Config {
  return config
}

/** The schema as JSON Schema (draft 2020-12), for editors and for YAML or JSON files. */
export function configJsonSchema(): Record<string, unknown> {
  return z.toJSONSchema(configSchema, { target: 'draft-2020-12' })
}
