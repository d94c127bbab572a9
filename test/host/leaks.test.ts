import assert from 'node:assert/strict'
import { afterAll, beforeAll, describe, it } from 'vitest'
import { footprint, heapBytes, helperMemoryBytes } from './footprint.ts'
import { type HostWorld, IMAGE, openHostWorld } from './host-world.ts'
import { machine, NOTHING } from './machine.ts'

/** CONTRIBUTING.md names it: what runs with every change is a fifth of what runs now and then. */
const CYCLES = Number(process.env.LXWORKS_LEAK_CYCLES ?? 60)
/** Until caches are filled and every lazy part is loaded. */
const WARM_UP = 15
/** What V8 and the test runner keep more or less of, whatever happens; less than a leak of 10 kB in each cycle. */
const NOISE_BYTES = 400_000
const MOST_BYTES_PER_CYCLE = 2_000

let world: HostWorld

beforeAll(async () => {
  world = await openHostWorld()
})

afterAll(async () => {
  await world.close()
  assert.deepEqual(await machine(world.mark), NOTHING)
})

describe(`${CYCLES} lives of containers in one process`, () => {
  it(
    'leave descriptors, memory, processes and everything on the host as they were',
    async () => {
      await fillOperations()
      for (let cycle = 0; cycle < WARM_UP; cycle++) await live(cycle)
      const [before, heap, helper] = [
        await footprint(world),
        await heapBytes(),
        await helperMemoryBytes(),
      ]
      for (let cycle = 0; cycle < CYCLES; cycle++) await live(cycle)
      assert.deepEqual(await footprint(world), before)
      const grown = {
        heap: (await heapBytes()) - heap,
        helper: (await helperMemoryBytes()) - helper,
      }
      assert.ok(
        grown.heap < NOISE_BYTES + CYCLES * MOST_BYTES_PER_CYCLE,
        `the heap grew by ${grown.heap} bytes`,
      )
      assert.ok(grown.helper < NOISE_BYTES, `the helper grew by ${grown.helper} bytes`)
    },
    60_000 + CYCLES * 3_000,
  )
})

/** Finished operations stay readable up to a number; from there on they weigh the same. */
async function fillOperations(): Promise<void> {
  const { operations } = world.host
  for (let count = 0; count < 2_000; count++) {
    const path = `/1.0/instances/${world.name('box')}`
    const resources = { instances: [path], containers: [path.replace('instances', 'containers')] }
    await operations.start({ description: 'nothing', resources }, async () => undefined)
  }
}

/** One life: what most callers do, what goes wrong for them, and each of the ways in which it can end. */
async function live(cycle: number): Promise<void> {
  const request = { name: world.name('box'), image: IMAGE, devices: world.devices }
  const box = await world.host.instances.launch({ ...request, ephemeral: cycle % 3 === 2 })
  assert.equal((await box.exec(['echo', 'hello'])).stdout, 'hello\n')
  await assert.rejects(box.exec(['nothing-here']), { code: 'INSTANCE_COMMAND_NOT_FOUND' })
  await assert.rejects(box.exec(['sleep', '1000'], { timeoutMs: 5 }), { kind: 'cancelled' })
  for await (const _ of box.exec(['sh', '-c', 'echo on; sleep 1000'])) break
  await box.exec(['tty'], { pty: { columns: 80, rows: 25 } })
  await box.files.write('/root/file', 'text')
  assert.equal(String(await box.files.read('/root/file')), 'text')
  await box.state()
  await box.stop({ force: cycle % 2 === 0 })
  if (cycle % 3 !== 2) await box.delete()
  if (cycle % 5 !== 0) return
  const config = { 'raw.lxc': 'lxc.init.cmd = /no/such/init' }
  await assert.rejects(world.host.instances.launch({ ...request, config }), {
    code: 'INSTANCE_START_FAILED',
  })
}
