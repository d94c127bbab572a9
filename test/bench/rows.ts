import { setTimeout as sleep } from 'node:timers/promises'
import type { BenchImage } from './image.ts'
import type { Server } from './server.ts'

/** Measured by name; times in milliseconds, sizes in bytes. */
export type Samples = ReadonlyMap<string, number>

const PARALLEL = 16
const LISTED = 300

/** One instance through its life, and each step's time. */
export async function life(server: Server, image: BenchImage): Promise<Samples> {
  const { client } = server
  const name = 'bench-life'
  const create = await timed(() => createInstance(server, name, image))
  const start = await timed(() => change(server, name, 'start'))
  await client.exec(name, ['true'])
  const exec = await timed(async () => {
    const exitCode = await client.exec(name, ['true'])
    if (exitCode !== 0) throw new Error(`${server.name}: true ended with ${exitCode}`)
  })
  const stop = await timed(() => change(server, name, 'stop'))
  const remove = await timed(() => client.run(`/1.0/instances/${name}`, { method: 'DELETE' }))
  return new Map([
    ['create', create],
    ['start', start],
    ['exec', exec],
    ['stop', stop],
    ['delete', remove],
  ])
}

/** Sixteen instances are started at once. They are made before and removed after, outside of the time. */
export async function crowd(server: Server, image: BenchImage): Promise<Samples> {
  const names = Array.from({ length: PARALLEL }, (_, index) => `bench-crowd-${index}`)
  for (const name of names) await createInstance(server, name, image)
  const starts = await timed(async () => {
    await Promise.all(names.map((name) => change(server, name, 'start')))
  })
  for (const name of names) {
    await change(server, name, 'stop')
    await server.client.run(`/1.0/instances/${name}`, { method: 'DELETE' })
  }
  return new Map([['parallel', starts]])
}

/** Makes the instances that `list` lists: empty ones, since a stopped instance lists the same whatever is in it. */
export async function fillList(server: Server): Promise<void> {
  for (let index = 0; index < LISTED; index++) {
    await server.client.run('/1.0/instances', {
      method: 'POST',
      body: { name: `bench-listed-${index}`, source: { type: 'none' } },
    })
  }
}

export async function list(server: Server): Promise<Samples> {
  const taken = await timed(async () => {
    const found = (await server.client.get('/1.0/instances?recursion=2')) as readonly unknown[]
    if (found.length !== LISTED) throw new Error(`${server.name} lists ${found.length} instances`)
  })
  return new Map([['list', taken]])
}

/** Ends the server and starts it again on what it has. */
export async function restart(server: Server): Promise<Samples> {
  await server.stop()
  const serve = await server.start()
  return new Map([['serve', serve]])
}

/** Taken when the server has rested for a moment. */
export async function memory(server: Server): Promise<Samples> {
  await sleep(1000)
  return new Map([['memory', await server.residentBytes()]])
}

async function createInstance(server: Server, name: string, image: BenchImage): Promise<void> {
  const body = { name, source: { type: 'image', fingerprint: image.fingerprint } }
  await server.client.run('/1.0/instances', { method: 'POST', body })
}

async function change(server: Server, name: string, action: 'start' | 'stop'): Promise<void> {
  await server.client.run(`/1.0/instances/${name}/state`, {
    method: 'PUT',
    body: { action, timeout: 60, force: action === 'stop' },
  })
}

export async function timed(run: () => Promise<void>): Promise<number> {
  const began = performance.now()
  await run()
  return performance.now() - began
}
