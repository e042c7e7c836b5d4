/** What does a guard cost a route? Bare framework, countersign, and the framework's usual middleware. */
import { compareHttp } from './lib/http.ts'
import { report, type Table } from './lib/report.ts'

const USUAL: Readonly<Record<string, string>> = {
  express: 'express-oauth2-jwt-bearer',
  fastify: '@fastify/jwt, cache on',
  hono: 'hono/jwt',
}

const tables: Table[] = []
for (const [framework, usual] of Object.entries(USUAL)) {
  const contender = (name: string, protection: string) => ({
    name,
    file: 'route',
    args: [framework, protection],
  })
  const base = `${framework}, bare`
  const rows = await compareHttp(
    [
      contender(base, 'bare'),
      contender(`${framework} + countersign`, 'countersign'),
      contender(`${framework} + ${usual}`, 'usual'),
    ],
    base,
    ({ authorization = '' }) => ({ path: '/', headers: { authorization } }),
  )
  tables.push({ title: `A protected route on ${framework}, ES256 token seen before`, base, rows })
}
report('middleware', tables)
