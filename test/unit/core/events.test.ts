import { describe, expect, it } from 'vitest'
import { EventBus, type HostEvent } from '../../../lib/core/events.ts'

const created = {
  action: 'network-created',
  project: 'default',
  source: '/1.0/networks/br0',
} as const

describe('events', () => {
  it('reach every listener in order, until it stops', () => {
    const bus = new EventBus()
    const [one, two]: [string[], string[]] = [[], []]
    const stop = bus.subscribe(({ type }) => one.push(type))
    bus.subscribe(({ type }) => two.push(type))
    bus.lifecycle(created)
    stop()
    bus.log('info', 'hello')
    expect(one).toEqual(['lifecycle'])
    expect(two).toEqual(['lifecycle', 'logging'])
  })

  it('carry who asked through everything asynchronous that follows, and nobody else', async () => {
    const bus = new EventBus()
    const seen: HostEvent[] = []
    bus.subscribe((event) => seen.push(event))
    const requestor = { username: 'root', protocol: 'unix', address: '@' }
    const work = bus.as(requestor, async () => {
      await new Promise((resolve) => setImmediate(resolve))
      bus.lifecycle(created)
    })
    bus.lifecycle(created)
    await work
    expect(seen[0]).not.toHaveProperty('requestor')
    expect(seen[1]).toMatchObject({ requestor })
  })

  it('carry nobody where something happens by itself, though somebody had it watched', async () => {
    const bus = new EventBus()
    const seen: HostEvent[] = []
    bus.subscribe((event) => seen.push(event))
    const requestor = { username: 'root', protocol: 'unix', address: '@' }
    await bus.as(requestor, () =>
      bus.unasked(async () => {
        await new Promise((resolve) => setImmediate(resolve))
        bus.lifecycle(created)
      }),
    )
    expect(seen[0]).not.toHaveProperty('requestor')
  })

  it('are iterated in order, none lost between two turns', async () => {
    const bus = new EventBus()
    const seen: string[] = []
    const reading = readLogs(bus, seen, 4)
    for (const message of ['a', 'b']) bus.log('info', message)
    await new Promise((resolve) => setImmediate(resolve))
    for (const message of ['c', 'd']) bus.log('info', message)
    await reading
    expect(seen).toEqual(['a', 'b', 'c', 'd'])
  })
})

/** Reads so many log events, each with a turn of the loop after it. */
async function readLogs(bus: EventBus, seen: string[], count: number): Promise<void> {
  for await (const event of bus) {
    if (event.type === 'logging') seen.push(event.message)
    await new Promise((resolve) => setImmediate(resolve))
    if (seen.length === count) return
  }
}
