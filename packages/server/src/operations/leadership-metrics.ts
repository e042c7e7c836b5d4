import { Gauge, type Registry } from 'prom-client'
import type { Leadership } from './leadership.ts'

/** Adds who leads: over all nodes, the sum of `countersign_leader` is 1, or 0 while a term runs out. */
export function addLeadership(registry: Registry, leading: Leadership): void {
  const leader: Gauge = new Gauge({
    name: 'countersign_leader',
    help: 'Whether this node does the background work: 1 or 0.',
    registers: [registry],
    collect: () => {
      leader.set(leading.leads ? 1 : 0)
    },
  })
  const fence: Gauge = new Gauge({
    name: 'countersign_leader_term',
    help: 'Number of the last term that this node led; grows whenever the leader changes.',
    registers: [registry],
    collect: () => {
      fence.set(leading.fence)
    },
  })
}
