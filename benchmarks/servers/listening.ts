import { once } from 'node:events'
import type { AddressInfo, Server } from 'node:net'

/** The origin of a server, once it listens. */
export async function originOf(server: Server): Promise<string> {
  if (!server.listening) await once(server, 'listening')
  // A TCP server that listens has an AddressInfo.
  const { port } = server.address() as AddressInfo
  return `http://127.0.0.1:${port}`
}
