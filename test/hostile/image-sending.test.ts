import { readdir, readFile, readlink, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import type { SendRequest } from '../../lib/images/contract.ts'
import { file, tar } from '../host/tar-file.ts'
import { type AccessWorld, openAccessWorld, person } from './access-world.ts'
import { METADATA, ROOT } from './image-file.ts'

const SIZE = 40 * 1024 ** 2

let near: AccessWorld
let far: AccessWorld
let fingerprint: string

beforeAll(async () => {
  near = await openAccessWorld()
  far = await openAccessWorld()
  const path = `${near.root}/large.tar`
  await writeFile(path, tar(METADATA, ROOT, file('rootfs/large', Buffer.alloc(SIZE, 'x'))))
  fingerprint = (await near.host.images.import({ path })).fingerprint
})

afterAll(async () => {
  await near[Symbol.asyncDispose]()
  await far[Symbol.asyncDispose]()
})

async function agreed(change: Partial<SendRequest['target']> = {}): Promise<SendRequest> {
  const expected = { fingerprint, public: false, properties: { note: 'agreed' }, aliases: [] }
  const { secret } = await far.host.images.expect(expected)
  const { certificate } = await far.host.access.serverCertificate()
  const server = `https://127.0.0.1:${far.port}`
  return { fingerprint, secret, target: { server, certificate, ...change } }
}

/** Nothing of the image is on the other server, and nothing of it is open here. */
async function nothingLeft(): Promise<void> {
  const running = ({ host }: AccessWorld) =>
    host.operations
      .list()
      .filter(({ status, class: kind }) => status === 'Running' && kind !== 'token')
  await vi.waitFor(
    async () => {
      expect(await readdir(join(far.root, 'images'))).toEqual([])
      const fds = await readdir('/proc/self/fd')
      const names = fds.map((fd) => readlink(`/proc/self/fd/${fd}`).catch(() => ''))
      const open = await Promise.all(names)
      expect(open.filter((name) => name.includes(fingerprint))).toEqual([])
    },
    { timeout: 10_000 },
  )
  expect(await far.host.images.list()).toEqual([])
  expect([running(near), running(far)].flat().map(({ description }) => description)).toEqual([])
}

describe('an image that is sent', () => {
  it('and given up in the middle leaves nothing on either side, and goes with a new secret', async () => {
    const request = await agreed()
    const sending = near.host.images.send(request)
    for await (const { step, doneBytes = 0 } of sending)
      if (step === 'upload' && doneBytes > SIZE / 4) {
        expect(doneBytes).toBeLessThan(SIZE)
        await sending.cancel()
        break
      }
    await expect(sending).rejects.toMatchObject({ kind: 'cancelled' })
    await nothingLeft()
    await expect(near.host.images.send(request)).rejects.toMatchObject({ kind: 'denied' })
    await nothingLeft()
    await near.host.images.send(await agreed())
    const kept = await far.host.images.get(fingerprint)
    expect([kept.properties.note, kept.public]).toEqual(['agreed', false])
    const [there, here] = await Promise.all(
      [far, near].map(({ root }) => readFile(join(root, 'images', fingerprint))),
    )
    expect(there?.equals(here ?? Buffer.alloc(0))).toBe(true)
    await expect(near.host.images.send(await agreed())).rejects.toMatchObject({
      ...{ kind: 'invalid', code: 'IMAGE_NOT_STORED_THERE' },
      message: expect.stringContaining('already exists'),
    })
    await far.host.images.delete(fingerprint)
  })

  it('goes to nobody who shows another certificate', async () => {
    const { certificate } = await near.host.access.serverCertificate()
    for (const other of [certificate, person('other').cert])
      await expect(
        near.host.images.send(await agreed({ certificate: other })),
      ).rejects.toMatchObject({ kind: 'unavailable', code: 'IMAGE_SENDING_BROKE_OFF' })
    await nothingLeft()
  })

  it('goes to no address of this machine for somebody who is confined to projects', async () => {
    const confined = near.host.seenBy({
      ...{ trust: 'restricted', fingerprint: 'c1', projects: ['default'] },
    })
    await expect(confined.images.send(await agreed())).rejects.toMatchObject({
      ...{ kind: 'denied', code: 'IMAGE_SOURCE_OUT_OF_REACH' },
    })
    await expect(
      confined.images.send(await agreed({ server: `https://localhost:${far.port}` })),
    ).rejects.toMatchObject({ code: 'IMAGE_SOURCE_OUT_OF_REACH' })
  })

  it('goes over https only', async () => {
    await expect(
      near.host.images.send(await agreed({ server: `http://127.0.0.1:${far.port}` })),
    ).rejects.toMatchObject({ code: 'IMAGE_SOURCE_INSECURE' })
  })
})
