/** The management API, whole: the application mounts this table, the OpenAPI document prints it. */
import type { Route } from './route.ts'
import { certificateAuthorityRoutes } from './routes/certificate-authorities.ts'
import { certificateRoutes } from './routes/certificates.ts'
import { clientRoutes } from './routes/clients.ts'
import { consentRoutes } from './routes/consents.ts'
import { decisionRoutes } from './routes/decisions.ts'
import { eventRoutes } from './routes/events.ts'
import { feedRoutes } from './routes/feed.ts'
import { grantRoutes } from './routes/grants.ts'
import { keyRoutes } from './routes/keys.ts'
import { replayFenceRoutes } from './routes/replay-fence.ts'
import { revocationRoutes } from './routes/revocations.ts'
import { serviceRoutes } from './routes/services.ts'
import { signingCredentialRoutes } from './routes/signing-credentials.ts'
import { signingKeyRoutes } from './routes/signing-keys.ts'
import { tenantRoutes } from './routes/tenants.ts'
import { userRoutes } from './routes/users.ts'
import { verifyRoutes } from './routes/verify.ts'

/** Every route, in the order of the document. */
export const TABLE: readonly Route[] = [
  ...serviceRoutes,
  ...keyRoutes,
  ...signingCredentialRoutes,
  ...certificateRoutes,
  ...certificateAuthorityRoutes,
  ...userRoutes,
  ...clientRoutes,
  ...grantRoutes,
  ...consentRoutes,
  ...revocationRoutes,
  ...replayFenceRoutes,
  ...signingKeyRoutes,
  ...tenantRoutes,
  ...eventRoutes,
  ...decisionRoutes,
  ...verifyRoutes,
  ...feedRoutes,
]
