/** Lines for what an app does for a person: a user that is stored walks through the pages. */
import type { Invocation } from './invocation.ts'
import { line, member, type TryIt } from './line.ts'
import type { DevCredentials } from './seed.ts'

/** What the lines are made of. */
interface PersonLinesInput {
  readonly origin: string
  readonly credentials: Pick<DevCredentials, 'app' | 'exchanger'>
  readonly invocation: Invocation
}

const EXCHANGE = 'urn:ietf:params:oauth:grant-type:token-exchange'
const ACCESS_TOKEN = 'urn:ietf:params:oauth:token-type:access_token'

/** Code flow, refresh, device flow, token exchange. */
export function personLines({
  origin,
  credentials: { app, exchanger },
  invocation: { cli, flags },
}: PersonLinesInput): readonly TryIt[] {
  const whoami = `${origin}/demo/whoami`
  const login = (rest: string): string =>
    `${cli} login --issuer ${origin} --client ${app.id} --scope orders:read --headless alice ${rest}${flags}`
  const refresh = `curl -s -d grant_type=refresh_token -d client_id=${app.id} -d refresh_token="$R" ${origin}/oauth/token`
  const exchange = [
    `curl -s -u '${exchanger.id}:${exchanger.secret}' -d grant_type=${EXCHANGE}`,
    `-d subject_token_type=${ACCESS_TOKEN}`,
    `-d subject_token="$(${login('--show access_token')})" ${origin}/oauth/token`,
  ].join(' ')
  return [
    line('code', as(login('--show access_token'), whoami), '"type":"user"'),
    line(
      'refresh',
      `R="$(${login('--show refresh_token')})"; ${refresh}; echo; ${refresh}`,
      '"refresh_token":"',
    ),
    line('device', as(login('--device --show access_token'), whoami), '"type":"user"'),
    line('token-exchange', as(`${exchange} | ${member('access_token')}`, whoami), '"type":"agent"'),
  ]
}

const as = (token: string, url: string): string =>
  `curl -s -H "Authorization: Bearer $(${token})" ${url}`
