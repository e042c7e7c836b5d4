/** The grant types that exist. The token endpoint and discovery both read this table. */
import { clientCredentials } from './client-credentials.ts'
import type { Grant } from './grant.ts'

/** Grant type (RFC 6749) to what answers it. */
export const GRANTS: ReadonlyMap<string, Grant> = new Map([
  ['client_credentials', clientCredentials],
])
