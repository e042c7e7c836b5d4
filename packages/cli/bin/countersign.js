#!/usr/bin/env node
// The launcher. Nothing here may need more than Node 18, so that an old Node prints the sentence
// below instead of a syntax error: no static import of a name that only newer versions export.
import { existsSync } from 'node:fs'

const source = new URL('../src/main.ts', import.meta.url)
// Node strips types in a checkout, and refuses to below node_modules.
const isCheckout = existsSync(source) && !source.pathname.includes('/node_modules/')

if (Number(process.versions.node.split('.')[0]) < 24) {
  process.stderr.write(
    `countersign needs Node 24 or newer; this is ${process.versions.node}. ` +
      'Install it, or run `npx -y -p node@24 -p @countersign/cli countersign`.\n',
  )
  process.exitCode = 1
} else {
  const { main } = isCheckout ? await fromSource() : await import('../dist/main.js')
  await main(process.argv.slice(2))
}

/** A checkout runs without a build: `npx` passes Node no flags, so the condition is added here. */
async function fromSource() {
  const { registerHooks } = await import('node:module')
  registerHooks({
    resolve: (specifier, context, nextResolve) =>
      nextResolve(specifier, {
        ...context,
        conditions: [...context.conditions, '@countersign/source'],
      }),
  })
  return import(source.href)
}
