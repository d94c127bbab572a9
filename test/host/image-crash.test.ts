import assert from 'node:assert/strict'
import { createHash, randomBytes } from 'node:crypto'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { machine as architecture } from 'node:os'
import { gzipSync } from 'node:zlib'
import { afterAll, beforeAll, describe, it } from 'vitest'
import { createHost, type Host, type ImageRecord } from '../../lib/index.ts'
import { diesIn, footprint } from './death.ts'
import { type HostWorld, IMAGE, openHostWorld } from './host-world.ts'
import { machine, NOTHING } from './machine.ts'
import { directory, file, tar } from './tar-file.ts'

/** More than any verb has; the program says when it got that far. */
const MOST_STEPS = 20
/** After the call, when an image is copied, hashed, checked and packed. */
const DELAYS_MS = [0, 4, 8, 16, 32, 64, 128, 256]
/** Does not become smaller, and takes its time. */
const CONTENT = randomBytes(8 * 1024 ** 2)

let world: HostWorld

beforeAll(async () => {
  world = await openHostWorld()
  const metadata = file(
    'metadata.yaml',
    `architecture: ${architecture()}\ncreation_date: 1700000000\n`,
  )
  const place = `${world.root}/image`
  const whole = tar(metadata, directory('rootfs'), file('rootfs/large', CONTENT))
  await writeFile(`${place}/unified`, gzipSync(whole, { level: 1 }))
  await writeFile(`${place}/metadata`, tar(metadata))
  await writeFile(`${place}/content`, gzipSync(tar(file('large', CONTENT)), { level: 1 }))
  const instance = await world.host.instances.create({
    ...{ name: victim(), image: IMAGE, devices: world.disk },
  })
  await instance.files.write('/large', CONTENT)
  instance.detach()
  await world.host[Symbol.asyncDispose]()
})

afterAll(async () => {
  const host = await createHost({ root: world.root })
  await (await host.instances.get(victim())).delete()
  await host.networks.delete(world.network)
  await host[Symbol.asyncDispose]()
  await rm(world.root, { recursive: true })
  assert.deepEqual(await machine(world.mark), NOTHING)
})

const victim = (): string => world.name('victim')
const place = (name: string): string => `${world.root}/image/${name}`

interface Verb {
  readonly name: string
  /** Does what the program died in. */
  does(host: Host): Promise<unknown>
  prepare?(host: Host): Promise<unknown>
}

const aliases = () => [{ name: victim() }]
const imports = (host: Host) => host.images.import({ path: place('unified'), aliases: aliases() })
const found = async (host: Host): Promise<ImageRecord | undefined> =>
  (await host.images.list()).find(({ aliases }) => aliases.some(({ name }) => name === victim()))

const VERBS: readonly Verb[] = [
  { name: 'import image', does: imports },
  {
    name: 'import split image',
    does: (host) =>
      host.images.import({
        ...{ path: place('metadata'), rootfsPath: place('content'), aliases: aliases() },
      }),
  },
  {
    name: 'publish image',
    does: async (host) =>
      (await host.instances.get(victim())).publish({ aliases: aliases(), compression: 'zstd' }),
  },
  { name: 'delete image', prepare: imports, does: forgotten },
]

describe.each(VERBS)('a process that is killed in the middle of: $name', (verb) => {
  it('leaves nothing of it or all, and the same verb works again, at every step', async () => {
    const before = await remains()
    const moments = [
      ...DELAYS_MS.map((delayMs) => ({ step: 0, delayMs })),
      ...Array.from({ length: MOST_STEPS }, (_, at) => ({ step: at + 1, delayMs: at % 3 })),
    ]
    let deaths = 0
    for (const moment of moments) {
      await withHost((host) => verb.prepare?.(host))
      const survived = await diesIn(world, { verb: verb.name, name: victim(), ...moment })
      if (!survived) deaths += 1
      const told = `after step ${moment.step} and ${moment.delayMs} ms`
      await withHost((host) => settled(host, verb)).catch((error: unknown) => {
        throw new Error(told, { cause: error })
      })
      assert.deepEqual(await remains(), before, told)
      if (survived && moment.step > 0) break
    }
    assert.ok(deaths > 1)
  }, 240_000)
})

/** What is there is whole and goes as a whole; the verb works as if nothing had been. */
async function settled(host: Host, verb: Verb): Promise<void> {
  await whole(host)
  await forgotten(host)
  assert.deepEqual((await host.images.list()).length, 1)
  await verb.prepare?.(host)
  await verb.does(host)
  await whole(host)
  await forgotten(host)
  await (await host.instances.get(victim())).update({ description: 'nobody holds it' })
}

async function whole(host: Host): Promise<void> {
  const image = await found(host)
  if (image === undefined) return
  const target = await mkdtemp(`${world.root}/image/export-`)
  const hash = createHash('sha256')
  for (const path of await host.images.export(image.fingerprint, target))
    hash.update(await readFile(path))
  assert.equal(hash.digest('hex'), image.fingerprint)
  await rm(target, { recursive: true })
}

async function forgotten(host: Host): Promise<void> {
  const image = await found(host)
  if (image !== undefined) await host.images.delete(image.fingerprint)
}

async function withHost<T>(work: (host: Host) => Promise<T> | T): Promise<T> {
  await using host = await world.again()
  return await work(host)
}

/** What lies on the machine and below the root, and what the records say of images. */
async function remains(): Promise<unknown> {
  const images = await withHost((host) => host.images.list())
  return { files: await footprint(world), images: images.map(({ fingerprint }) => fingerprint) }
}
