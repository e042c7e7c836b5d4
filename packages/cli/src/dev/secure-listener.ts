/** The listener with TLS that `dev` opens beside the plain one, and how curl reaches it. */
import { lookup } from 'node:dns/promises'
import { createServer } from 'node:net'
import { choosePort } from '../serving/listener.ts'

/** The trust domain of the CA of `dev`: below `.test`, which is nobody's (RFC 6761 §6.2). */
export const DEV_TRUST_DOMAIN = 'dev.countersign.test'

/** The one name of the certificate of the listener. */
export const SECURE_HOST = 'localhost'

/** The port after the main one, or a free one where that is taken. */
export async function chooseSecurePort(host: string, mainPort: number): Promise<number> {
  const next = mainPort + 1
  return next <= 65_535 && (await isFree(host, next)) ? next : choosePort(host, 0)
}

function isFree(host: string, port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer()
    server.once('error', () => {
      resolve(false)
    })
    server.listen({ host, port }, () => {
      server.close(() => {
        resolve(true)
      })
    })
  })
}

/**
 * What curl has to be told to find the listener: nothing where `localhost` leads to it, as it nearly
 * everywhere does. curl tries all addresses of a name.
 */
export async function resolveFlag(host: string, port: number): Promise<string> {
  const addresses = await lookup(SECURE_HOST, { all: true }).catch(() => [])
  if (addresses.some(({ address }) => address === host)) return ''
  const address = host.includes(':') ? `[${host}]` : host
  return `--resolve ${SECURE_HOST}:${port}:${address} `
}
