/** SIGKILL at any moment loses nothing that was acknowledged. */
import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { Secret } from 'countersign'
import { openSqlite } from '../stores/sqlite/index.ts'
import { openWithCa } from '../testing/certificates.ts'
import { scratchFolder } from '../testing/scratch.ts'
import { FAMILY_TENANT } from './family.ts'

const SCRIPT = fileURLToPath(new URL('../testing/issue-file.ts', import.meta.url))
const LINES = 41

/** Runs the script until it has answered often enough, kills it, and answers what it had said. */
async function runAndKill(path: string, secret: string): Promise<readonly (readonly string[])[]> {
  const args = ['--conditions=@countersign/source', SCRIPT, path, secret]
  const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'] })
  const lines: string[] = []
  for await (const line of createInterface(child.stdout)) {
    lines.push(line)
    if (lines.length === LINES) child.kill('SIGKILL')
  }
  if (child.exitCode === null && child.signalCode === null) await once(child, 'exit')
  return lines.map((line) => line.split(' '))
}

test('certificates and revocations that were answered before SIGKILL are there after it', async (t) => {
  const path = join(scratchFolder(), 'ca.db')
  const secret = randomBytes(32).toString('base64url')
  const said = await runAndKill(path, secret)
  assert.ok(said.length >= LINES)
  const ring = new Map([[1, new Secret(secret)]])
  const store = await openSqlite({ path })
  const at = await openWithCa({ store, secrets: { peppers: ring, keks: ring }, clock: Date.now })
  t.after(() => at.close())
  const authorities = await store.certificateAuthorities.list(FAMILY_TENANT)
  assert.deepEqual(
    authorities.map(({ state }) => state),
    ['active'],
  )
  const list = await at.authority.certificates?.crl()
  assert.ok(list?.ok)
  const crl = Buffer.from(list.value.crl)
  for (const [what, id = ''] of said) {
    // oxlint-disable-next-line no-await-in-loop -- a few point reads
    const record = await store.credentials.find(id)
    assert.equal(record?.kind, 'certificate')
    if (what !== 'revoked') continue
    assert.notEqual(record.revokedAt, null)
    assert.ok(crl.includes(Buffer.from(record.certificate?.serial ?? '', 'hex')))
  }
  // One more may have been recorded and never handed out: nobody has it.
  const issued = said.filter(([what]) => what === 'issued').length
  const [total = 0] = (await store.certificateAuthorities.countLive(0)).values()
  assert.ok(total <= issued + 1)
})
