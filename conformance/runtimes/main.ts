import process from 'node:process'
import { smoke } from './smoke.ts'

const failures = await smoke()
process.stdout.write(`${JSON.stringify(failures)}\n`)
