import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { complete, LOCKS, missingFrom, platformOf } from './complete-lock.ts'
import { readText } from './lib/files.ts'

const LOCK = JSON.stringify({
  packages: {
    '': {},
    'node_modules/tool': {
      version: '1.0.0',
      dev: true,
      optionalDependencies: { '@tool/linux-x64': '1.0.0', '@tool/win32-x64': '1.0.0' },
    },
    'node_modules/@tool/linux-x64': { version: '1.0.0' },
  },
})

describe('the lock files', () => {
  for (const path of LOCKS) {
    it(`hold every platform, so that npm ci accepts them everywhere: ${path}`, () => {
      assert.deepEqual(missingFrom(readText(path)), [], 'run npm run lock')
    })
  }

  it('are completed with what is missing, and nothing else', () => {
    assert.deepEqual(missingFrom(LOCK), [{ name: '@tool/win32-x64', version: '1.0.0', dev: true }])
    assert.deepEqual(missingFrom(complete(LOCK)), [])
    assert.match(complete(LOCK), /"os": \[\s*"win32"\s*\]/)
  })

  it('name platforms as npm does', () => {
    const gnueabihf = { cpu: ['arm'], os: ['linux'], libc: ['glibc'] }
    assert.deepEqual(platformOf('@oxlint/binding-linux-arm-gnueabihf'), gnueabihf)
    assert.deepEqual(platformOf('@deno/darwin-arm64'), { cpu: ['arm64'], os: ['darwin'] })
    assert.deepEqual(platformOf('@biomejs/cli-linux-x64-musl')['libc'], ['musl'])
  })
})
