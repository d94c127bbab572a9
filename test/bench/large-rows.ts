import { execFile } from 'node:child_process'
import { mkdir, readFile, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { promisify } from 'node:util'
import type { BenchImage } from './image.ts'
import { type Samples, timed } from './rows.ts'
import type { Server } from './server.ts'

const run = promisify(execFile)
const NAME = 'bench-large'

/** A large image comes in by the server's socket, an instance is made from it, and both go again. */
export async function largeImage(server: Server, image: BenchImage): Promise<Samples> {
  const { client } = server
  const { path, fingerprint } = image
  const body = await readFile(path)
  const headers = { 'x-lxd-filename': 'large' }
  const before = await rested(server)
  const taken = await timed(() => client.run('/1.0/images', { method: 'POST', body, headers }))
  await written()
  const unpacked = await timed(() =>
    client.run('/1.0/instances', {
      method: 'POST',
      body: { name: NAME, source: { type: 'image', fingerprint } },
    }),
  )
  const after = await rested(server)
  await client.run(`/1.0/instances/${NAME}`, { method: 'DELETE' })
  await client.run(`/1.0/images/${fingerprint}`, { method: 'DELETE' })
  return new Map([
    ['largeImport', taken],
    ['largeUnpack', unpacked],
    ['largeMemory', Math.max(0, after - before)],
  ])
}

/** What tar alone needs for the same archive on the same disk. */
export async function bareTar(place: string, { path }: BenchImage): Promise<Samples> {
  const directory = join(place, 'bare')
  await mkdir(directory)
  await written()
  const unpacked = await timed(async () => {
    await run('tar', ['-C', directory, '-xzf', path])
  })
  await rm(directory, { recursive: true })
  return new Map([['largeUnpack', unpacked]])
}

async function rested(server: Server): Promise<number> {
  await written()
  await sleep(1000)
  return server.residentBytes()
}

/** What one has written is not for the next to wait for. */
async function written(): Promise<void> {
  await run('sync')
}
