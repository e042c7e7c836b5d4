import { createServer } from 'node:http'
import { adapterContract } from '../testing/adapter-contract.ts'
import { protect } from './node.ts'

adapterContract('node', ({ desk, requirement, onCall }) => {
  const guarded = protect(desk, requirement, (request, response, principal, decisionId) => {
    onCall(principal, decisionId)
    request.pipe(response)
  })
  return createServer((request, response) => {
    response.setHeader('access-control-allow-origin', '*')
    guarded(request, response)
  })
})
