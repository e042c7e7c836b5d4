/** The grant types that exist. The token endpoint and discovery both read this table. */
import { authorizationCode } from './authorization-code.ts'
import { clientCredentials } from './client-credentials.ts'
import { DEVICE_CODE_GRANT, deviceCode } from './device-code.ts'
import type { Grant } from './grant.ts'
import { JWT_BEARER_GRANT, jwtBearer } from './jwt-bearer.ts'
import { refreshToken } from './refresh-token.ts'
import { TOKEN_EXCHANGE_GRANT, tokenExchange } from './token-exchange.ts'

/** Grant type (RFC 6749) to what answers it. */
export const GRANTS: ReadonlyMap<string, Grant> = new Map([
  ['client_credentials', clientCredentials],
  ['authorization_code', authorizationCode],
  ['refresh_token', refreshToken],
  [DEVICE_CODE_GRANT, deviceCode],
  [TOKEN_EXCHANGE_GRANT, tokenExchange],
  [JWT_BEARER_GRANT, jwtBearer],
])
