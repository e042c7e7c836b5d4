// Runs a bundle in workerd and prints what its fetch handler answers. JavaScript, because miniflare
// is installed for this folder alone, where the compiler of the repository does not look.
import { readFileSync } from 'node:fs'
import { Miniflare } from 'miniflare'

const runtime = new Miniflare({
  modules: true,
  script: readFileSync(process.argv[2], 'utf8'),
  compatibilityDate: '2026-07-01',
})
try {
  const answer = await runtime.dispatchFetch('http://localhost/')
  process.stdout.write(`${await answer.text()}\n`)
} finally {
  await runtime.dispose()
}
