import type { CommandSpec } from '../command.ts'
import { certsCommands } from './certs.ts'
import { clientsCommands } from './clients.ts'
import { configCommands } from './config.ts'
import { consentsCommands } from './consents.ts'
import { credentialsCommands } from './credentials.ts'
import { curlCommands } from './curl.ts'
import { devCommands } from './dev.ts'
import { eventsCommands } from './events.ts'
import { explainCommands } from './explain.ts'
import { grantsCommands } from './grants.ts'
import { initCommands } from './init.ts'
import { jwksCommands } from './jwks.ts'
import { keysCommands } from './keys.ts'
import { loginCommands } from './login.ts'
import { migrateCommands } from './migrate.ts'
import { replayCommands } from './replay.ts'
import { revokeCommands } from './revoke.ts'
import { serveCommands } from './serve.ts'
import { servicesCommands } from './services.ts'
import { signCommands } from './sign.ts'
import { signingCredentialsCommands } from './signing-credentials.ts'
import { tenantsCommands } from './tenants.ts'
import { tokenCommands } from './token.ts'
import { usersCommands } from './users.ts'

/** What each noun is about, for `countersign <noun> --help`. */
export const NOUNS: Readonly<Record<string, string>> = {
  keys: 'API keys of services',
  'signing-credentials': 'keys with which services sign requests',
  certs: 'client certificates of principals',
  clients: 'OAuth clients',
  services: 'services: workloads that hold API keys',
  users: 'users who call with Basic',
  consents: 'what people agreed to for clients',
  grants: 'access that principals gave to clients',
  jwks: 'keys that sign tokens',
  token: 'look at tokens',
  credentials: 'credentials that curl --as attaches',
  events: 'the audit log',
  config: 'the configuration',
  replay: 'the memory of what was used once',
  tenants: 'tenants',
}

/** Every command, in the order of the help. */
export const COMMANDS: readonly CommandSpec[] = [
  ...devCommands,
  ...initCommands,
  ...serveCommands,
  ...migrateCommands,
  ...keysCommands,
  ...signingCredentialsCommands,
  ...certsCommands,
  ...servicesCommands,
  ...clientsCommands,
  ...usersCommands,
  ...consentsCommands,
  ...grantsCommands,
  ...jwksCommands,
  ...tokenCommands,
  ...loginCommands,
  ...credentialsCommands,
  ...curlCommands,
  ...signCommands,
  ...explainCommands,
  ...revokeCommands,
  ...replayCommands,
  ...eventsCommands,
  ...tenantsCommands,
  ...configCommands,
]
