import { randomBytes } from 'node:crypto'
import type { ServerResponse } from 'node:http'
import type { Server } from 'node:https'
import type { TLSSocket } from 'node:tls'
import type { PeerCertificate } from 'countersign'
import { peerCertificateOf } from 'countersign/node'
import type { ClientTrust } from './client-trust.ts'

/** A connection with a client certificate. */
interface ClientSocket {
  readonly socket: TLSSocket
  readonly peer: PeerCertificate
  /** Answers under way. */
  readonly busy: Set<ServerResponse>
  /** Closes as soon as nothing is under way. */
  isLeaving: boolean
}

/** An answer that has no end, such as the change feed, ends after this long. */
const MAX_LEAVING_MS = 10_000
/** RFC 5077 key name, and two keys of 16 bytes. */
const TICKET_KEYS_BYTES = 48

/**
 * Lets no session and no connection outlive the trust that it was begun with (SR-302). At every
 * change: session tickets of before do not resume, and of the connections with a client certificate
 * those whose certificate is not accepted any more are closed, idle ones at once and busy ones after
 * the answer. All others stay.
 *
 * This is the second line: the `mtls` method refuses the next request of such a connection anyway.
 *
 * @param maxLeavingMs - How long a busy connection may stay.
 * @returns the way to stop.
 */
export function closeUntrusted(
  server: Server,
  trust: ClientTrust,
  maxLeavingMs = MAX_LEAVING_MS,
): () => void {
  const sockets = new Map<TLSSocket, ClientSocket>()
  const onConnection = (socket: TLSSocket): void => {
    const peer = peerCertificateOf(socket)
    if (peer === undefined) return
    sockets.set(socket, { socket, peer, busy: new Set(), isLeaving: false })
    socket.once('close', () => sockets.delete(socket))
  }
  server.on('secureConnection', onConnection)
  server.prependListener('request', ({ socket }, response) => {
    // The sockets of an https server are TLS sockets.
    const client = sockets.get(socket as TLSSocket)
    if (client !== undefined) follow(client, response)
  })
  const sweep = coalesced(async () => {
    for (const client of sockets.values()) {
      // oxlint-disable-next-line no-await-in-loop -- thousands of look-ups at once would stop everybody
      if (!client.isLeaving && !(await trust.accepts(client.peer))) leave(client, maxLeavingMs)
    }
  })
  return trust.onChange(() => {
    server.setTicketKeys(randomBytes(TICKET_KEYS_BYTES))
    sweep()
  })
}

/** Runs one at a time, and once more for all calls that came meanwhile. */
function coalesced(run: () => Promise<void>): () => void {
  let running = false
  let wanted = false
  const loop = async (): Promise<void> => {
    running = true
    while (wanted) {
      wanted = false
      // oxlint-disable-next-line no-await-in-loop -- one at a time is the point
      await run()
    }
    running = false
  }
  return () => {
    wanted = true
    if (!running) void loop()
  }
}

function follow(client: ClientSocket, response: ServerResponse): void {
  client.busy.add(response)
  response.once('close', () => {
    client.busy.delete(response)
    if (client.isLeaving && client.busy.size === 0) client.socket.destroySoon()
  })
}

function leave(client: ClientSocket, maxLeavingMs: number): void {
  const { socket, busy } = client
  client.isLeaving = true
  if (busy.size === 0) return socket.destroySoon()
  for (const response of busy) if (!response.headersSent) response.shouldKeepAlive = false
  const cut = setTimeout(() => socket.destroy(), maxLeavingMs).unref()
  socket.once('close', () => {
    clearTimeout(cut)
  })
}
