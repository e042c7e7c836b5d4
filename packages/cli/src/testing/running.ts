import type { ChildProcessWithoutNullStreams } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'

/** The first line that a process prints; rejects with its stderr when it ends before. */
export function waitForLine(child: ChildProcessWithoutNullStreams): Promise<string> {
  let stderr = ''
  child.stderr.on('data', (chunk: Buffer) => {
    stderr += chunk.toString()
  })
  return new Promise((resolve, reject) => {
    createInterface({ input: child.stdout }).once('line', resolve)
    child.once('close', (code) => {
      reject(new Error(`ended with ${code}: ${stderr}`))
    })
  })
}

/** Sends a signal and answers the exit code; null when the signal itself ended the process. */
export async function stop(
  child: ChildProcessWithoutNullStreams,
  signal: NodeJS.Signals,
): Promise<number | null> {
  const closed = once(child, 'close')
  child.kill(signal)
  const [code] = await closed
  return typeof code === 'number' ? code : null
}
