/** `npm run bench [-- question …]`: installs the peers once, then runs each question in a process of its own. */
import { spawnSync } from 'node:child_process'
import { existsSync, readdirSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

const here = fileURLToPath(new URL('.', import.meta.url))
const all = readdirSync(here)
  .filter((file) => file.endsWith('.ts') && file !== 'run.ts')
  .map((file) => file.slice(0, -3))
  .toSorted()

const run = (command: string, args: readonly string[]): number =>
  spawnSync(command, args, { cwd: here, stdio: 'inherit' }).status ?? 1

const wanted = process.argv.slice(2)
const unknown = wanted.filter((name) => !all.includes(name))
if (unknown.length > 0) {
  console.error(`no such question: ${unknown.join(', ')}; there are ${all.join(', ')}`)
  process.exit(2)
}
if (!existsSync(`${here}node_modules`) && run('npm', ['ci']) !== 0) process.exit(1)
for (const question of wanted.length > 0 ? wanted : all) {
  const code = run(process.execPath, ['--conditions=@countersign/source', `${question}.ts`])
  if (code !== 0) process.exit(code)
}
