import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { machine, NOTHING } from '../host/machine.ts'
import { type ClientWorld, openClientWorld } from './world.ts'

let world: ClientWorld

beforeAll(async () => {
  world = await openClientWorld()
  await world.serve()
  await world.furnish()
})

afterAll(async () => {
  await world.close()
  await vi.waitFor(async () => expect(await machine(world.mark)).toEqual(NOTHING), 5_000)
})

interface Image {
  readonly properties: Readonly<Record<string, string>>
  readonly public: boolean
  readonly aliases: readonly { readonly name: string }[]
  readonly fingerprint: string
}

async function images(): Promise<readonly Image[]> {
  return JSON.parse(await world.done('image', 'list', '--format', 'json')) as readonly Image[]
}

describe('lxc publish', () => {
  it('makes an image of a stopped instance, from which another has the same files', async () => {
    await world.done('init', 'busybox', 'c1')
    await world.fed('kept', 'file', 'push', '-', 'c1/kept')
    const told = await world.done(
      ...['publish', 'c1', '--alias', 'mine', '--public', '--compression', 'zstd'],
      'description=of a test',
    )
    expect(told).toMatch(/Instance published with fingerprint: [0-9a-f]{64}/)
    const found = (await images()).find(({ aliases }) => aliases[0]?.name === 'mine')
    expect(found).toMatchObject({ public: true, properties: { description: 'of a test' } })
    await world.done('init', 'mine', 'c2')
    expect(await world.done('file', 'pull', 'c2/kept', '-')).toBe('kept')
    const target = join(world.directory, 'published')
    await world.done('image', 'export', 'mine', target)
    for (const name of ['c1', 'c2']) await world.done('delete', name)
    await world.done('image', 'delete', 'mine')
    await world.done('image', 'import', `${target}.tar.zst`, '--alias', 'mine')
    expect((await images()).map(({ fingerprint }) => fingerprint)).toContain(found?.fingerprint)
    await world.done('image', 'delete', 'mine')
  })

  it('stops a running one only when it is told to, and starts it again', async () => {
    await world.done('launch', 'busybox', 'c3')
    const refused = await world.lxc('publish', 'c3')
    expect(refused).toMatchObject({ exitCode: 1, stderr: expect.stringMatching(/running/) })
    await world.done('publish', 'c3', '--force', '--alias', 'forced')
    expect(await world.done('list', 'c3', '--format', 'csv', '-c', 's')).toBe('RUNNING\n')
    await world.done('delete', '--force', 'c3')
    await world.done('image', 'delete', 'forced')
  })

  it('names a compression that there is not, and what there is', async () => {
    await world.done('init', 'busybox', 'c4')
    const { exitCode, stderr } = await world.lxc('publish', 'c4', '--compression', 'sh -c id')
    expect(exitCode).toBe(1)
    expect(stderr).toMatch(/Invalid compression algorithm "sh -c id"; use bzip2/)
    await world.done('config', 'set', 'images.compression_algorithm', 'none')
    await world.done('publish', 'c4', '--alias', 'plain')
    await world.done('image', 'export', 'plain', join(world.directory, 'plain'))
    await world.done('config', 'unset', 'images.compression_algorithm')
    const wrong = await world.lxc('config', 'set', 'images.compression_algorithm', 'bash')
    expect(wrong.exitCode).toBe(1)
    await world.done('delete', 'c4')
    await world.done('image', 'delete', 'plain')
  })
})

describe('lxc image import', () => {
  it('takes a directory', async () => {
    const directory = join(world.directory, 'unpacked')
    await mkdir(join(directory, 'rootfs/sbin'), { recursive: true })
    await mkdir(join(directory, 'templates'))
    const metadata = 'architecture: x86_64\ncreation_date: 1700000000\n'
    await writeFile(join(directory, 'metadata.yaml'), metadata)
    await world.done('image', 'import', directory, '--alias', 'unpacked')
    await world.done('image', 'delete', 'unpacked')
  })
})
