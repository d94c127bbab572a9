import { setTimeout as sleep } from 'node:timers/promises'
import type { BenchImage } from './image.ts'
import type { Server } from './server.ts'
import { giveSnapshots, SNAPSHOTS_EACH } from './snapshots.ts'

/** Measured by name; times in milliseconds, sizes in bytes. */
export type Samples = ReadonlyMap<string, number>

const PARALLEL = 16
export const LISTED = 300
export const LISTED_LONG = 10 * LISTED

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

/** Makes the instances that `list` lists, up to a number: empty ones, since a stopped instance lists the same whatever is in it. */
export async function fillList(server: Server, upTo: number): Promise<void> {
  const found = (await server.client.get('/1.0/instances')) as readonly unknown[]
  for (let index = found.length; index < upTo; index++) {
    await server.client.run('/1.0/instances', {
      method: 'POST',
      body: { name: `bench-listed-${index}`, source: { type: 'none' } },
    })
  }
  await giveSnapshots(server.client)
}

/** The server itself, and its list at each depth. */
export async function list(server: Server): Promise<Samples> {
  const { client } = server
  const root = await timed(async () => void (await client.get('/1.0')))
  return new Map([['root', root], ...(await eachDepth(server, 'list', LISTED))])
}

/** Ten times as many. */
export async function longList(server: Server): Promise<Samples> {
  return new Map(await eachDepth(server, 'long', LISTED_LONG))
}

async function eachDepth(
  server: Server,
  row: string,
  expected: number,
): Promise<readonly [string, number][]> {
  const rows: [string, number][] = []
  for (const depth of [0, 1, 2] as const)
    rows.push([`${row}${depth}`, await timedList(server, { depth, expected })])
  return rows
}

function timedList(
  { client, name }: Server,
  { depth, expected }: { readonly depth: number; readonly expected: number },
): Promise<number> {
  return timed(async () => {
    const found = (await client.get(`/1.0/instances?recursion=${depth}`)) as readonly {
      readonly snapshots?: readonly unknown[] | null
    }[]
    if (found.length !== expected) throw new Error(`${name} lists ${found.length} instances`)
    if (depth < 2) return
    const held = found.flatMap(({ snapshots }) => snapshots ?? []).length
    if (held !== expected * SNAPSHOTS_EACH) throw new Error(`${name} lists ${held} snapshots`)
  })
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
