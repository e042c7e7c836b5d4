/** The key that a credential is bound to, out of a file that holds its public half. */
import { createHash, X509Certificate } from 'node:crypto'
import { jwkThumbprint } from 'countersign/dpop'
import type { Call, FlagSpec } from '../command.ts'
import { usage } from '../exit.ts'
import { readText } from '../input.ts'
import { isJson } from '../json.ts'

/** Flags of a `create` whose credential can be bound. */
export const BINDING_FLAGS: readonly FlagSpec[] = [
  {
    spelling: '--bind-jwk <file>',
    summary: 'public JWK: good only with a DPoP proof of this key',
  },
  {
    spelling: '--bind-certificate <file>',
    summary: 'PEM: good only with this client certificate',
  },
]

/** The member of the request that they give, by thumbprint; nothing without them. */
export async function bindingOf(call: Call): Promise<{ readonly confirmation?: object }> {
  const [jwk, certificate] = [call.flags.text('bindJwk'), call.flags.text('bindCertificate')]
  if (jwk === undefined && certificate === undefined) return {}
  if (jwk === '-' && certificate === '-') throw usage('stdin can hold one of the two')
  return {
    confirmation: {
      ...(jwk === undefined ? {} : { jkt: await thumbprintOf(call, jwk) }),
      ...(certificate === undefined
        ? {}
        : { 'x5t#S256': await certificateThumbprint(call, certificate) }),
    },
  }
}

async function thumbprintOf(call: Call, file: string): Promise<string> {
  const jwk = parse(await readText('public JWK', file, call))
  if (!isJson(jwk)) throw usage('--bind-jwk: this is no JWK')
  // None for a secret that both sides hold: it proves nothing (RFC 9449 §4.2).
  const thumbprint = await jwkThumbprint(jwk)
  if (thumbprint === undefined) throw usage('--bind-jwk: this is no public JWK')
  return thumbprint
}

async function certificateThumbprint(call: Call, file: string): Promise<string> {
  const text = await readText('certificate', file, call)
  try {
    return createHash('sha256').update(new X509Certificate(text).raw).digest('base64url')
  } catch {
    throw usage('--bind-certificate: this is no certificate in PEM')
  }
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
