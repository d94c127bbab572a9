/** How often somebody may fail before the rest is refused unseen, and for how long. */
const MOST_FAILURES = 5
const FORGOTTEN_MS = 60_000
/** Beyond this many addresses the oldest are forgotten: memory does not grow with an attacker's addresses. */
const MOST_ADDRESSES = 10_000

/** Failed attempts to become trusted, by address. */
export class Attempts {
  readonly #failures = new Map<string, { readonly count: number; readonly since: number }>()
  readonly #now: () => number

  constructor(now: () => number) {
    this.#now = now
  }

  /** Counts an attempt, as a failure until it is said to have succeeded. False: there were too many. */
  begin(address: string): boolean {
    const network = networkOf(address)
    const { count, since } = this.#recent(network) ?? { count: 0, since: this.#now() }
    if (count >= MOST_FAILURES) return false
    this.#failures.delete(network)
    this.#failures.set(network, { count: count + 1, since })
    const [oldest] = this.#failures.keys()
    if (this.#failures.size > MOST_ADDRESSES && oldest !== undefined) this.#failures.delete(oldest)
    return true
  }

  succeeded(address: string): void {
    this.#failures.delete(networkOf(address))
  }

  #recent(network: string) {
    const found = this.#failures.get(network)
    return found && this.#now() - found.since < FORGOTTEN_MS ? found : undefined
  }
}

/** One customer has a whole /64 of IPv6: its first half is what tells addresses apart. */
function networkOf(address: string): string {
  const mapped = address.replace(/^::ffff:(?=\d+\.)/i, '')
  if (!mapped.includes(':')) return mapped
  const [before = '', after] = mapped.split('::')
  const head = before === '' ? [] : before.split(':')
  const tail = after === undefined || after === '' ? [] : after.split(':')
  const zeros = after === undefined ? 0 : Math.max(0, 8 - head.length - tail.length)
  return [...head, ...Array<string>(zeros).fill('0'), ...tail]
    .slice(0, 4)
    .map((group) => Number.parseInt(group, 16).toString(16))
    .join(':')
}
