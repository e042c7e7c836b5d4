import { strict as assert } from 'node:assert'
import { once } from 'node:events'
import { createServer, type IncomingMessage } from 'node:http'
import { setImmediate } from 'node:timers/promises'
import { describe, it } from 'node:test'
import { readNodeBody } from './node-body.ts'

/** Reads a body before the handler does, then as a handler that listens for its end. */
async function readTwice(body: string, delay: boolean): Promise<readonly string[]> {
  const server = createServer((request, response) => {
    void readInTurn(request, delay).then((texts) => response.end(JSON.stringify(texts)))
  })
  await once(server.listen(0, '127.0.0.1'), 'listening')
  const address = server.address()
  assert.ok(typeof address === 'object' && address !== null)
  const method = body === '' ? 'GET' : 'POST'
  const url = `http://127.0.0.1:${address.port}/`
  const signal = AbortSignal.timeout(5000)
  try {
    const response = await fetch(url, { method, signal, ...(body === '' ? {} : { body }) })
    const answer: readonly string[] = await response.json()
    return answer
  } finally {
    server.closeAllConnections()
    server.close()
  }
}

async function readInTurn(request: IncomingMessage, delay: boolean): Promise<readonly string[]> {
  if (delay) await setImmediate()
  const first = await readNodeBody(request, 100)
  return [first.ok ? Buffer.from(first.value).toString() : first.error, await readByEvents(request)]
}

function readByEvents(request: IncomingMessage): Promise<string> {
  return new Promise((resolve) => {
    let text = ''
    request.on('data', (chunk) => (text += String(chunk)))
    request.on('end', () => resolve(text))
  })
}

describe('a body that was read before the handler', () => {
  for (const body of ['', 'content']) {
    for (const delay of [false, true]) {
      const when = delay ? 'later' : 'at once'
      it(`reaches its end again: ${body === '' ? 'empty' : 'with bytes'}, read ${when}`, async () => {
        assert.deepEqual(await readTwice(body, delay), [body, body])
      })
    }
  }
})
