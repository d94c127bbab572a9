/** How long an address is kept for somebody who has not registered it. A start takes a fraction of it. */
const KEPT_MS = 60_000

interface Promised {
  readonly address: string
  readonly until: number
}

/** Addresses that were offered a moment ago: two that start at once are not offered the same. */
export class Promises {
  /** By network and address of the interface. */
  readonly #made = new Map<string, Promised>()

  make(network: string, hwaddr: string, address: string): void {
    this.#made.set(key(network, hwaddr), { address, until: performance.now() + KEPT_MS })
  }

  /** What others were promised in the network. */
  others(network: string, hwaddr: string): ReadonlySet<string> {
    const now = performance.now()
    const found = new Set<string>()
    for (const [name, { address, until }] of this.#made) {
      if (until < now) this.#made.delete(name)
      else if (name.startsWith(`${network} `) && name !== key(network, hwaddr)) found.add(address)
    }
    return found
  }
}

function key(network: string, hwaddr: string): string {
  return `${network} ${hwaddr}`
}
