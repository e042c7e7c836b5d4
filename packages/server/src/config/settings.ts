/** How the text of an environment variable becomes a value. */
type SettingKind = 'text' | 'integer' | 'list'

/** A key of the configuration that the environment can set. */
export interface Setting {
  /** Where it stands in the file: `metrics.port`. */
  readonly path: string
  /** Its variable; with `_FILE` appended, the path of a file that holds the value. */
  readonly variable: string
  readonly kind: SettingKind
}

/**
 * Every setting that the environment reaches. A table, so that the documentation, the check for
 * unknown variables and the reader cannot disagree.
 */
export const SETTINGS: readonly Setting[] = [
  { path: 'issuer', variable: 'COUNTERSIGN_ISSUER', kind: 'text' },
  { path: 'host', variable: 'COUNTERSIGN_HOST', kind: 'text' },
  { path: 'port', variable: 'COUNTERSIGN_PORT', kind: 'integer' },
  { path: 'metrics.host', variable: 'COUNTERSIGN_METRICS_HOST', kind: 'text' },
  { path: 'metrics.port', variable: 'COUNTERSIGN_METRICS_PORT', kind: 'integer' },
  { path: 'tls.certificate', variable: 'COUNTERSIGN_TLS_CERTIFICATE', kind: 'text' },
  { path: 'tls.key', variable: 'COUNTERSIGN_TLS_KEY', kind: 'text' },
  { path: 'data', variable: 'COUNTERSIGN_DATA', kind: 'text' },
  { path: 'store', variable: 'COUNTERSIGN_STORE', kind: 'text' },
  { path: 'redis', variable: 'COUNTERSIGN_REDIS', kind: 'text' },
  { path: 'brand', variable: 'COUNTERSIGN_BRAND', kind: 'text' },
  { path: 'audience', variable: 'COUNTERSIGN_AUDIENCE', kind: 'list' },
  { path: 'oauth.profile', variable: 'COUNTERSIGN_OAUTH_PROFILE', kind: 'text' },
  { path: 'trustedProxies', variable: 'COUNTERSIGN_TRUSTED_PROXIES', kind: 'list' },
  { path: 'log.level', variable: 'COUNTERSIGN_LOG_LEVEL', kind: 'text' },
]

/** Variables that are no settings: who is calling, and the master secrets themselves. */
export const OTHER_VARIABLES: readonly string[] = [
  'COUNTERSIGN_CONFIG',
  'COUNTERSIGN_URL',
  'COUNTERSIGN_KEY',
  'COUNTERSIGN_PEPPER',
  'COUNTERSIGN_KEK',
]
