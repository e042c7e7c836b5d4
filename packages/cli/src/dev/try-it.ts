/** The lines that `countersign dev` prints: one for each pattern, complete as they are. */
import { createHash } from 'node:crypto'
import { DEMO_SIGV4 } from '../demo/api.ts'
import type { Invocation } from './invocation.ts'
import { quote } from './invocation.ts'
import type { SecureInstallation } from './run.ts'
import { line, member, type TryIt } from './line.ts'
import { personLines } from './person-lines.ts'
import type { DevCredentials } from './seed.ts'

/** What the lines are made of. */
export interface TryItInput {
  /** `http://127.0.0.1:4180` */
  readonly origin: string
  readonly credentials: DevCredentials
  readonly invocation: Invocation
  readonly secure: SecureInstallation
}

const BODY = '{"item":"tea"}'

/** Makes the lines, in the order in which they explain themselves. */
export function tryIt(input: TryItInput): readonly TryIt[] {
  const { origin, credentials, invocation } = input
  const { ordersKey, powerlessKey, jwtClient, opaqueClient, user, spareKey } = credentials
  const whoami = `${origin}/demo/whoami`
  const orders = `${origin}/demo/orders`

  const bearer = `-H "Authorization: Bearer $(${tokenLine(origin, jwtClient)})"`
  const { cli, flags } = invocation
  const remote = `--url ${origin}${flags}`
  return [
    line('api-key', `curl -s ${key(ordersKey.secret)} ${whoami}`, '"method":"api-key"'),
    line('api-key', `curl -s ${key(ordersKey.secret)} ${orders}`, '"orders":['),
    line('api-key', `curl -s ${key(ordersKey.secret)} -d '${BODY}' ${orders}`, digestOf(BODY)),
    line('jwt', `curl -s ${bearer} ${whoami}`, '"method":"jwt"'),
    line(
      'opaque',
      `curl -s -H "Authorization: Bearer $(${tokenLine(origin, opaqueClient)})" ${whoami}`,
      '"method":"opaque"',
    ),
    line('basic', `curl -s -u '${user.id}:${user.secret}' ${whoami}`, '"method":"basic"'),
    line('stored', `${cli} curl --as orders-key${flags} -- -s ${whoami}`, '"method":"api-key"'),
    ...personLines(input),
    ...signatureLines(input),
    ...certificateLines(input),
    line('missing-credential', `curl -s ${whoami}`, '"code":"credential-missing"'),
    line(
      'missing-scope',
      `curl -s ${key(powerlessKey.secret)} ${orders}`,
      '"code":"permission-denied"',
    ),
    line(
      'explain',
      `${cli} explain ${remote} "$(curl -s ${key(powerlessKey.secret)} ${orders} | ${member('decisionId')})"`,
      'permission.scope-missing',
    ),
    line('revoke', `curl -s ${key(spareKey.secret)} ${whoami}`, '"method":"api-key"'),
    line('revoke', `${cli} keys revoke ${spareKey.id} ${remote}`, 'revoked'),
    line('revoke', `curl -s ${key(spareKey.secret)} ${whoami}`, '"code":"credential-invalid"'),
    line(
      'revoke-jwt',
      [
        `T="$(${tokenLine(origin, jwtClient)})"`,
        `printf %s "$T" | ${cli} revoke ${remote}`,
        `curl -s -H "Authorization: Bearer $T" ${whoami}`,
      ].join('; '),
      '"code":"credential-invalid"',
    ),
  ]
}

/** Requests that are signed: the key stays where it is, and what was signed works once. */
function signatureLines({ origin, credentials, invocation }: TryItInput): readonly TryIt[] {
  const { cli, flags } = invocation
  const orders = `${origin}/demo/orders`
  const sign = (name: string, rest: string): string => `${cli} sign --as ${name}${flags} ${rest}`
  const order = sign('hmac-key', `--body '${BODY}' ${orders}`)
  const { id, secret } = credentials.hmacKey
  const { region, service } = DEMO_SIGV4
  const aws = `--aws-sigv4 aws:amz:${region}:${service} --user '${id}:${secret}'`
  return [
    line('http-signature', `${order} | ${SEND}`, digestOf(BODY)),
    line('http-signature', `${order} | sed 's/tea/gin/' | ${SEND}`, '"code":"body-mismatch"'),
    line(
      'http-signature',
      `R="$(${order})"; printf '%s\\n' "$R" | ${SEND}; printf '%s\\n' "$R" | ${SEND}`,
      '"code":"request-replayed"',
    ),
    line(
      'http-signature-ed25519',
      `${sign('private-key', `${origin}/demo/whoami`)} | ${SEND}`,
      '"method":"http-signature"',
    ),
    line(
      'dpop',
      `${sign('private-key', `--scheme dpop --client jwt-client ${origin}/demo/whoami`)} | ${SEND}`,
      '"method":"jwt"',
    ),
    line(
      'dpop',
      `${sign('private-key', `--scheme dpop --client jwt-client ${origin}/demo/whoami`)} | sed 's/DPoP ey/Bearer ey/' | ${SEND}`,
      '"code":"credential-invalid"',
    ),
    line('sigv4', `curl -s ${aws} -d '${BODY}' ${orders}`, digestOf(BODY)),
    line('presigned', `curl -s "$(${sign('hmac-key', `--presign 5m ${orders}`)})"`, '"orders":['),
  ]
}

/** Client certificates: for callers, and for tokens that are worth nothing without them. */
function certificateLines({
  origin,
  credentials: { boundClient },
  invocation: { cli, flags },
  secure,
}: TryItInput): readonly TryIt[] {
  const { authorities, certificate, key } = secure.client
  const plain = `curl -s ${secure.resolve}--cacert ${quote(authorities)}`
  const curl = `${plain} --cert ${quote(certificate)} --key ${quote(key)}`
  const spare = `${plain} --cert ${quote(secure.spare.certificate)} --key ${quote(secure.spare.key)}`
  const whoami = `${secure.origin}/demo/whoami`
  const token = `T="$(${tokenLine(secure.origin, boundClient, curl)})"`
  const bearer = `-H "Authorization: Bearer $T" ${whoami}`
  return [
    line('mtls', `${curl} ${whoami}`, '"method":"mtls"'),
    line('mtls', `${plain} ${whoami}`, '"code":"credential-missing"'),
    line('mtls-bound', `${token}; ${curl} ${bearer}`, '"method":"jwt"'),
    line('mtls-bound', `${token}; ${plain} ${bearer}`, '"code":"credential-invalid"'),
    line('mtls-revoked', `${spare} ${whoami}`, '"method":"mtls"'),
    line(
      'mtls-revoked',
      `${cli} certs revoke --url ${origin}${flags} -- ${secure.spare.id}`,
      'revoked',
    ),
    line('mtls-revoked', `${spare} ${whoami}`, '"code":"credential-invalid"'),
  ]
}

/** curl, told by what `countersign sign` prints. */
const SEND = 'curl -s -K -'

const key = (secret: string): string => `-H 'X-API-Key: ${secret}'`

/** Client credentials, and the token out of the answer. */
const tokenLine = (
  origin: string,
  { id, secret }: { readonly id: string; readonly secret: string },
  curl = 'curl -s',
): string =>
  `${curl} -u '${id}:${secret}' -d grant_type=client_credentials ${origin}/oauth/token | ${member('access_token')}`

const digestOf = (body: string): string =>
  `sha-256=:${createHash('sha256').update(body).digest('base64')}:`
