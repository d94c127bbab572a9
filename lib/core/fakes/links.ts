import type { Link, Links } from '../ports.ts'

/** Links that are said to be there. */
export class FakeLinks implements Links {
  readonly #links = new Map<string, Link>()

  constructor(links: readonly (Partial<Link> & { readonly name: string })[] = []) {
    for (const link of links) this.set(link)
  }

  set(link: Partial<Link> & { readonly name: string }): void {
    const index = this.#links.get(link.name)?.index ?? this.#links.size + 1
    const plain = { index, hwaddr: '00:16:3e:00:00:01', mtu: 1500, up: true, isBridge: false }
    this.#links.set(link.name, { ...plain, ...link })
  }

  delete(name: string): void {
    this.#links.delete(name)
  }

  async list(): Promise<readonly Link[]> {
    return [...this.#links.values()].sort((a, b) => (a.name < b.name ? -1 : 1))
  }
}
