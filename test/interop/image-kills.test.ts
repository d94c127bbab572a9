import { randomBytes } from 'node:crypto'
import { readdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest'
import { file, tar } from '../host/tar-file.ts'
import { freePort } from '../hostile/access-world.ts'
import { METADATA, ROOT } from '../hostile/image-file.ts'
import { StreamServer } from '../unit/images/sources/stream-server.ts'
import { type HeldRelay, heldRelay } from './held-relay.ts'
import { type ClientWorld, openClientWorld, type Served } from './world.ts'

const MEBIBYTE = 1024 ** 2

/** A server that can be killed, and serves on the same address afterwards. */
interface Mortal {
  readonly world: ClientWorld
  readonly port: number
  kill(): Promise<void>
  revive(): Promise<void>
}

let near: Mortal
let far: Mortal
/** Between the two, whoever asks. */
let toNear: HeldRelay
let toFar: HeldRelay
let fingerprint: string

beforeAll(async () => {
  near = await mortal()
  far = await mortal()
  toNear = await heldRelay(() => near.port)
  toFar = await heldRelay(() => far.port)
  const large = join(far.world.directory, 'large.tar')
  await writeFile(large, tar(METADATA, ROOT, file('rootfs/large', randomBytes(16 * MEBIBYTE))))
  await far.world.done('image', 'import', large, '--alias', 'large', '--public')
  const [image] = await images(far)
  fingerprint = image ?? ''
}, 180_000)

afterEach(() => {
  toNear.release()
  toFar.release()
})

afterAll(async () => {
  await toNear?.[Symbol.asyncDispose]()
  await toFar?.[Symbol.asyncDispose]()
  await near?.world.close()
  await far?.world.close()
}, 180_000)

async function mortal(): Promise<Mortal> {
  const world = await openClientWorld()
  const port = await freePort()
  let served: Served = await world.serve()
  await world.done('config', 'set', `core.https_address=127.0.0.1:${port}`)
  return {
    ...{ world, port },
    kill: async () => {
      await served.end('SIGKILL')
    },
    revive: async () => {
      served = await world.serve()
    },
  }
}

async function images({ world }: Mortal): Promise<readonly string[]> {
  const listed = await world.done('image', 'list', '--format', 'json')
  return (JSON.parse(listed) as readonly { readonly fingerprint: string }[]).map(
    (one) => one.fingerprint,
  )
}

/** Nothing of a transfer is in the server's store, its records, its journal, or under way. */
async function expectClean(server: Mortal, kept: readonly string[] = []): Promise<void> {
  const { world } = server
  await vi.waitFor(
    async () => {
      expect(await readdir(join(world.directory, 'root/images'))).toEqual([...kept])
      expect(JSON.parse(await world.done('operation', 'list', '--format', 'json'))).toEqual([])
    },
    { timeout: 20_000, interval: 250 },
  )
  expect(await images(server)).toEqual([...kept])
  const journal = await world.lxworks('sql', 'global', 'SELECT kind FROM lxworks_journal')
  expect(journal.stdout).not.toContain('image')
}

/** Begins something that takes long; its answer. */
async function begun(
  { world }: Mortal,
  path: string,
  body: unknown,
): Promise<{ readonly id: string; readonly metadata: { readonly secret?: string } | null }> {
  const printed = await world.done('query', '-X', 'POST', '-d', JSON.stringify(body), path)
  return JSON.parse(printed)
}

async function done(...what: Parameters<typeof begun>): Promise<void> {
  const [{ world }] = what
  const { id } = await begun(...what)
  const printed = await world.done('query', `/1.0/operations/${id}/wait`)
  const { err } = JSON.parse(printed) as { readonly err: string }
  expect(err).toBe('')
}

async function certificate({ world }: Mortal): Promise<string> {
  return readFile(join(world.directory, 'root/server.crt'), 'utf8')
}

describe('a server that is killed while it fetches an image', () => {
  it('of a simplestreams server has nothing of it afterwards, and fetches it then', async () => {
    const { metadata, rootfs } = near.world.image
    const streams = await StreamServer.start()
    try {
      const files = { metadata: await readFile(metadata), rootfs: await readFile(rootfs) }
      const expected = streams.add(files, { aliases: 'held/1' })
      const half = new Promise<void>((resolve) => {
        streams.answer = ({ url = '' }, response) => {
          if (!url.endsWith('root.squashfs')) return false
          response.writeHead(200, { 'content-length': files.rootfs.length })
          response.write(files.rootfs.subarray(0, files.rootfs.length / 2), () => resolve())
          return true
        }
      })
      const from = { protocol: 'simplestreams', server: streams.origin, alias: 'held/1' }
      const body = { source: { type: 'image', mode: 'pull', ...from } }
      await begun(near, '/1.0/images', body)
      await half
      await vi.waitFor(async () => {
        const names = await readdir(join(near.world.directory, 'root/images'))
        expect(names).toHaveLength(1)
      })
      await near.kill()
      await near.revive()
      await expectClean(near)
      streams.answer = () => false
      await done(near, '/1.0/images', body)
      expect(await images(near)).toEqual([expected])
      await near.world.done('image', 'delete', expected)
    } finally {
      await streams[Symbol.asyncDispose]()
    }
  })

  const pull = async () => ({
    source: {
      ...{ type: 'image', mode: 'pull', alias: 'large' },
      ...{ server: `https://127.0.0.1:${toFar.port}`, certificate: await certificate(far) },
    },
  })

  it.each(['receiver', 'sender'])('of another server: the %s', async (who) => {
    const held = toFar.holdAfter(6 * MEBIBYTE)
    await begun(near, '/1.0/images', await pull())
    await held
    const victim = who === 'receiver' ? near : far
    await victim.kill()
    toFar.release()
    await victim.revive()
    await expectClean(near)
    await expectClean(far, [fingerprint])
    await done(near, '/1.0/images', await pull())
    expect(await images(near)).toEqual([fingerprint])
    await near.world.done('image', 'delete', fingerprint)
  })
})

describe('a server that is killed while an image is sent', () => {
  const push = async () => {
    const body = { source: { type: 'image', mode: 'push', fingerprint } }
    const { metadata } = await begun(near, '/1.0/images', body)
    const target = `https://127.0.0.1:${toNear.port}`
    return { target, certificate: await certificate(near), secret: metadata?.secret ?? '' }
  }
  const path = (): string => `/1.0/images/${fingerprint}/export`

  it.each(['receiver', 'sender'])('leaves nothing: the %s', async (who) => {
    const held = toNear.holdAfter(6 * MEBIBYTE)
    await begun(far, path(), await push())
    await held
    const victim = who === 'receiver' ? near : far
    await victim.kill()
    toNear.release()
    await victim.revive()
    await expectClean(near)
    await expectClean(far, [fingerprint])
    await done(far, path(), await push())
    expect(await images(near)).toEqual([fingerprint])
    await near.world.done('image', 'delete', fingerprint)
  })
})
