/** Webhooks: verify them. Signing them is in `countersign/webhook/sign`. */
export type { WebhookFormat, WebhookMessage, WebhookSignature } from './format.ts'
export { github, type GithubOptions } from './github.ts'
export type { SecretText } from './keys.ts'
export { standardWebhooks, type StandardWebhooksOptions } from './standard-webhooks.ts'
export { stripe, type StripeOptions } from './stripe.ts'
export { webhook, type WebhookOptions, type WebhookSender } from './verify.ts'
