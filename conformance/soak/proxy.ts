import { once } from 'node:events'
import { connect, createServer, type Socket } from 'node:net'

/** A connection between a verifier and its node that can be cut. */
export interface Proxy {
  readonly url: string
  /** Ends every connection, and takes no other until {@link Proxy.mend}. */
  cut(): void
  mend(): void
  close(): Promise<void>
}

/** Carries bytes to a port of loopback. */
export async function proxyTo(port: number): Promise<Proxy> {
  const open = new Set<Socket>()
  let isCut = false
  const server = createServer((near) => {
    if (isCut) return void near.destroy()
    const far = connect(port, '127.0.0.1')
    for (const [one, other] of [
      [near, far],
      [far, near],
    ] as const) {
      open.add(one)
      one.on('error', () => other.destroy())
      one.on('close', () => {
        open.delete(one)
        other.destroy()
      })
      one.pipe(other)
    }
    return undefined
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  const here = typeof address === 'object' && address !== null ? address.port : 0
  const drop = (): void => {
    for (const socket of open) socket.destroy()
  }
  return {
    url: `http://127.0.0.1:${here}`,
    cut() {
      isCut = true
      drop()
    },
    mend() {
      isCut = false
    },
    async close() {
      drop()
      server.close()
      await once(server, 'close')
    },
  }
}
