/**
 * THE table of refusals: every reason that a request can be refused for, its status, what the wire
 * may say, the rule behind it and what to do. The response mapper, the log, `explain`, the docs and
 * the auditor all read it. Codes are `method.what`; they are never reused and never renamed.
 *
 * `wire` is what the caller is told. Reasons that an attacker must not tell apart share a text:
 * an unknown key and a wrong secret are one and the same answer (SR-201).
 */
import { REQUEST_ROWS } from './reason-rows/request.ts'
import { PERMISSION_ROWS } from './reason-rows/permission.ts'
import { JWT_ROWS } from './reason-rows/jwt.ts'
import { OPAQUE_ROWS } from './reason-rows/opaque.ts'
import { API_KEY_ROWS } from './reason-rows/api-key.ts'
import { BASIC_ROWS } from './reason-rows/basic.ts'
import { DPOP_ROWS } from './reason-rows/dpop.ts'
import { SIGV4_ROWS } from './reason-rows/sigv4.ts'
import { HTTP_SIGNATURE_ROWS } from './reason-rows/http-signature.ts'
import { MTLS_ROWS } from './reason-rows/mtls.ts'
import { WEB_BOT_AUTH_ROWS } from './reason-rows/web-bot-auth.ts'
import { WEBHOOK_ROWS } from './reason-rows/webhook.ts'
import { OAUTH_ROWS } from './reason-rows/oauth.ts'
import type { Reason } from './reason-rows/row.ts'

export { WIRE_TITLES, type Reason, type WireCode } from './reason-rows/row.ts'

/** Every reason. A test asks that each one is produced by an attack or a vector. */
export const REASONS = {
  ...REQUEST_ROWS,
  ...PERMISSION_ROWS,
  ...JWT_ROWS,
  ...OPAQUE_ROWS,
  ...API_KEY_ROWS,
  ...BASIC_ROWS,
  ...DPOP_ROWS,
  ...HTTP_SIGNATURE_ROWS,
  ...WEB_BOT_AUTH_ROWS,
  ...SIGV4_ROWS,
  ...MTLS_ROWS,
  ...WEBHOOK_ROWS,
  ...OAUTH_ROWS,
} as const satisfies Readonly<Record<string, Reason>>

/** The code of a row of {@link REASONS}. */
export type ReasonCode = keyof typeof REASONS

/** The row of a code. */
export const reasonOf = (code: ReasonCode): Reason => REASONS[code]
