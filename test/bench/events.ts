import { setTimeout as sleep } from 'node:timers/promises'
import type { Samples } from './rows.ts'
import type { Server } from './server.ts'

const LISTENERS = 10
const INSTANCES = 100
const AT_ONCE = 4
const PATIENCE_MS = 60_000
const FINAL = 200

interface Told {
  readonly type: string
  readonly metadata: {
    readonly id?: string
    readonly status_code?: number
    readonly action?: string
  }
}

/** Ten listen to everything while two hundred operations run: how long until each has heard of the end of all, and what it costs. */
export async function events(server: Server): Promise<Samples> {
  const { client } = server
  const heard = Array.from({ length: LISTENERS }, () => new Heard())
  const closes = await Promise.all(
    heard.map((each) => client.listen((text) => each.take(JSON.parse(text) as Told))),
  )
  const began = performance.now()
  await makeAndRemove(server)
  const deadline = began + PATIENCE_MS
  while (!heard.every((each) => each.isAll)) {
    if (performance.now() > deadline)
      throw new Error(`${server.name} told only ${heard.map(String).join(', ')}`)
    await sleep(1)
  }
  const all = performance.now() - began
  const bytes = await server.residentBytes()
  for (const close of closes) close()
  return new Map([
    ['events', all],
    ['eventsMemory', bytes],
  ])
}

async function makeAndRemove({ client }: Server): Promise<void> {
  const names = Array.from({ length: INSTANCES }, (_, index) => `bench-told-${index}`)
  const lane = async (at: number): Promise<void> => {
    for (const name of names.filter((_, index) => index % AT_ONCE === at)) {
      await client.run('/1.0/instances', {
        method: 'POST',
        body: { name, source: { type: 'none' } },
      })
      await client.run(`/1.0/instances/${name}`, { method: 'DELETE' })
    }
  }
  await Promise.all(Array.from({ length: AT_ONCE }, (_, at) => lane(at)))
}

class Heard {
  readonly #ended = new Set<string>()
  #made = 0
  #removed = 0

  take({ type, metadata: { id = '', status_code = 0, action } }: Told): void {
    if (type === 'operation' && status_code >= FINAL) this.#ended.add(id)
    if (action === 'instance-created') this.#made += 1
    if (action === 'instance-deleted') this.#removed += 1
  }

  get isAll(): boolean {
    return (
      this.#ended.size >= 2 * INSTANCES && this.#made === INSTANCES && this.#removed === INSTANCES
    )
  }

  toString(): string {
    return `${this.#ended.size} ends, ${this.#made} instances made, ${this.#removed} removed`
  }
}
