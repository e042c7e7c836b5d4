/** What every benchmark server does: says where it listens, and tells its CPU time when asked. */
import type { AddressInfo, Server } from 'node:net'

/** Announces a listening server to the benchmark, with what the request needs to know. */
export function announce(
  server: Server,
  facts: Readonly<Record<string, string>> = {},
  scheme: 'http' | 'https' = 'http',
): void {
  const tell = (): void => {
    // A TCP server that listens has an AddressInfo.
    const { port } = server.address() as AddressInfo
    process.send?.({ origin: `${scheme}://127.0.0.1:${port}`, ...facts })
  }
  if (server.listening) tell()
  else server.once('listening', tell)
  process.on('message', () => {
    const { user, system } = process.cpuUsage()
    process.send?.(user + system)
  })
}
