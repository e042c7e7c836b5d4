import { assertConfig } from '../../core/errors.ts'
import { err, ok, type Result } from '../../core/result.ts'
import { single, type WebhookFormat, type WebhookMessage, type WebhookSignature } from './format.ts'
import { assertKeyCount, macChecker, textSecret, type SecretText } from './keys.ts'

/** The secrets of a GitHub webhook. */
export interface GithubOptions {
  /** The secret of the webhook, at least 16 bytes; the old one too while it is changed. */
  readonly secrets: readonly SecretText[]
  /**
   * How long a delivery is remembered, in seconds. GitHub signs no time: after this, or when the
   * store is lost, a captured delivery is accepted once more. Within it a redelivery by hand is
   * refused like a capture, since nothing that is signed tells them apart.
   * @defaultValue 86 400: one day
   */
  readonly rememberSeconds?: number
}

/** The field that GitHub signs in. `X-Hub-Signature` (SHA-1) is not looked at. */
export const GITHUB_FIELD = 'x-hub-signature-256'

const DAY_SECONDS = 86_400

/**
 * GitHub: `X-Hub-Signature-256: sha256=…`, HMAC-SHA-256 over the bytes of the body alone.
 *
 * Neither `X-GitHub-Delivery` nor `X-GitHub-Event` is signed: who captures a delivery can write
 * others. So a delivery is known by its body, whatever its id says, and a handler must decide by the
 * body what happened. See {@link GithubOptions.rememberSeconds} for what replay protection can mean.
 *
 * @throws {@link ConfigError} for no secret, or one that is too short.
 * @see https://docs.github.com/en/webhooks/using-webhooks/validating-webhook-deliveries
 */
export function github(options: GithubOptions): WebhookFormat {
  const { secrets, rememberSeconds = DAY_SECONDS } = options
  assertKeyCount(secrets.length, 'github')
  assertConfig(
    Number.isInteger(rememberSeconds) && rememberSeconds > 0,
    'CS_CONFIG_WEBHOOK_REMEMBER',
    'github: rememberSeconds is a positive number of whole seconds',
  )
  const check = macChecker(
    secrets.map((secret) => textSecret(secret, 'github')),
    'hex',
  )
  return Object.freeze({
    name: 'github',
    field: GITHUB_FIELD,
    rememberSeconds,
    read: readGithub,
    verify: (signatures: readonly WebhookSignature[], content: Uint8Array) =>
      check(
        content,
        signatures.map(({ value }) => value),
      ),
  })
}

const SIGNATURE = /^sha256=([0-9a-f]{64})$/

function readGithub(header: (name: string) => readonly string[]): Result<WebhookMessage, string> {
  const text = single(header(GITHUB_FIELD), GITHUB_FIELD)
  if (!text.ok) return text
  const [, value] = SIGNATURE.exec(text.value) ?? []
  if (value === undefined) return err(`${GITHUB_FIELD} is not sha256= and 64 hexadecimal digits`)
  return ok({
    prefix: '',
    signatures: [{ version: 'sha256', value }],
    signedAt: undefined,
    messageId: undefined,
    use: undefined,
  })
}
