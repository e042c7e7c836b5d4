import type { TrustStore } from 'countersign/mtls'
import { Counter, type Registry } from 'prom-client'

/** Says at each scrape how often each CA was relied on: one that is not any more can go. */
export function countUses(registry: Registry, trust: TrustStore): void {
  const uses = new Counter({
    name: 'countersign_certificate_authority_uses_total',
    help: 'Requests that were accepted by a certificate, by the CA that it rests on.',
    labelNames: ['authority'],
    registers: [registry],
    collect() {
      uses.reset()
      for (const { name, uses: count } of trust.usage()) uses.inc({ authority: name }, count)
    },
  })
}
