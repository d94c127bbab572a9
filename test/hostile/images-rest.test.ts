import { mkdirSync, writeFileSync } from 'node:fs'
import { readdir, rm } from 'node:fs/promises'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { file, tar } from '../host/tar-file.ts'
import { brokenImages, imagesWithBadMetadata } from './broken-images.ts'
import { escapingImages } from './escaping-images.ts'
import { type Facade, multipart, openFacade, type Sent } from './facade.ts'
import { hostileDisks, withoutFault } from './hostile-disks.ts'
import { type ImageFiles, METADATA, ROOT } from './image-file.ts'
import { nonsenseImages } from './nonsense-images.ts'
import { openGround, withSmallDisk } from './outside.ts'

const ground = openGround()
const { base, outside } = ground
const root = `${base}/root`
const images = `${root}/images`

let api: Facade

beforeAll(async () => {
  mkdirSync(images, { recursive: true })
  writeFileSync(`${images}/.import-1~0@before~x`, 'half of an image')
  api = await openFacade(root)
  await api.host.storage.create({ name: 'p', driver: 'dir' })
})

afterAll(async () => {
  await api.close()
  await ground.remove()
})

function upload([metadata, rootfs]: ImageFiles): Sent {
  return rootfs === undefined ? { body: metadata } : multipart(metadata, rootfs)
}

function instance(fingerprint: string, pool = 'p'): Sent {
  const devices = { root: { type: 'disk', path: '/', pool } }
  return { json: { name: 'c1', source: { type: 'image', fingerprint }, devices } }
}

/** Uploads an image that the store takes. */
async function taken(content: ImageFiles): Promise<string> {
  const ended = await api.asked('POST', '/1.0/images', upload(content))
  expect(ended).toMatchObject({ status: 'Success', err: '' })
  const { fingerprint, size } = ended.metadata ?? {}
  expect(size).toBe(String(Buffer.concat(content).length))
  return String(fingerprint)
}

async function gone(fingerprint: string): Promise<void> {
  await api.asked('DELETE', `/1.0/images/${fingerprint}`)
}

/** What a creation that went well has told last of the unpacking. */
const UNPACKED = {
  create_instance_from_image_unpack_progress: expect.stringMatching(/^Unpack: 100% \(.*B\/s\)$/),
  progress: { stage: 'create_instance_from_image_unpack', percent: '100' },
}

const everything = () => ground.snapshot('root/images', 'root/storage-pools', 'root/containers')

const all = [
  ...brokenImages(),
  ...imagesWithBadMetadata(outside),
  ...escapingImages(outside),
  ...nonsenseImages(),
  ...hostileDisks(outside),
].filter(({ what }) => what !== 'nothing')

it('what an import of a process that died has left is gone', async () => {
  expect(await readdir(images)).toEqual([])
})

describe('a hostile image over REST', () => {
  it.each(all)('is refused in the operation, or harmless: $what', async ({ files, outcome }) => {
    const before = await everything()
    if (outcome.refused === 'import') {
      const ended = await api.asked('POST', '/1.0/images', upload(files))
      expect(ended).toMatchObject({ status: 'Failure', status_code: 400 })
      expect(ended.err).toMatch(outcome.says)
    } else {
      const fingerprint = await taken(files)
      const between = await everything()
      const ended = await api.asked('POST', '/1.0/instances', instance(fingerprint))
      if (outcome.refused === 'nobody') {
        expect(ended).toMatchObject({ status: 'Success', err: '', metadata: UNPACKED })
        await api.asked('DELETE', '/1.0/instances/c1')
      } else {
        expect(ended).toMatchObject({ status: 'Failure', status_code: 400 })
        expect(ended.err).toMatch(outcome.says)
      }
      expect(await everything()).toEqual(between)
      await gone(fingerprint)
    }
    expect(await everything()).toEqual(before)
    expect((await api.ask('GET', '/1.0/images')).metadata).toEqual([])
    expect((await api.ask('GET', '/1.0/instances')).metadata).toEqual([])
  })

  it.each(withoutFault())(
    'a disk is kept, and no container is made of it: $what',
    async ({ files }) => {
      const fingerprint = await taken(files)
      const { metadata } = await api.ask('GET', `/1.0/images/${fingerprint}`)
      expect(metadata).toMatchObject({ type: 'virtual-machine' })
      const made = await api.asked('POST', '/1.0/instances', instance(fingerprint))
      expect(made).toMatchObject({
        ...{ status: 'Failure', status_code: 400 },
        err: expect.stringMatching(
          /type 'virtual-machine' doesn't match instance type 'container'/,
        ),
      })
      await gone(fingerprint)
    },
  )

  it('that is nothing at all is refused at once', async () => {
    const before = await everything()
    const answer = await api.ask('POST', '/1.0/images', { body: Buffer.alloc(0) })
    expect(answer).toMatchObject({ status: 400, error: expect.stringMatching(/send an image/) })
    expect(await everything()).toEqual(before)
  })

  it('whose name of a hash is none is refused before a byte of it is kept', async () => {
    for (const hash of ['../x', 'ab'.repeat(31), `${'ab'.repeat(32)}/..`]) {
      const headers = { 'X-LXD-fingerprint': hash }
      const answer = await api.ask('POST', '/1.0/images', { body: tar(METADATA, ROOT), headers })
      expect(answer).toMatchObject({ status: 400, error: expect.stringMatching(/SHA-256/) })
    }
    expect(await readdir(images)).toEqual([])
  })

  it('with properties in the headers and none of its own is as any other', async () => {
    const headers = { 'X-LXD-properties': 'os=a%0Ab&__proto__=x' }
    const content = { body: tar(METADATA, ROOT), headers }
    const ended = await api.asked('POST', '/1.0/images', content)
    const fingerprint = String(ended.metadata?.fingerprint)
    const { metadata } = await api.ask('GET', `/1.0/images/${fingerprint}`)
    expect(metadata).toMatchObject({ properties: { os: 'a\nb' } })
    await gone(fingerprint)
  })
})

describe('a full disk over REST', () => {
  const large = tar(METADATA, ROOT, file('rootfs/large', Buffer.alloc(3_000_000, 'x')))
  const fullDisk = expect.stringMatching(/no space left .*; free some, then/i)

  it('under the store ends the upload and keeps nothing of it', async () => {
    await withSmallDisk(images, async () => {
      for (const content of [[large], [tar(METADATA), large]] as const) {
        const answer = await api.ask('POST', '/1.0/images', upload(content))
        expect(answer).toMatchObject({ status: 500, error: fullDisk })
        expect(await readdir(images)).toEqual([])
      }
    })
    await gone(await taken([large]))
  })

  it('under the pool ends the creation and keeps nothing of it', async () => {
    const fingerprint = await taken([large])
    const before = await everything()
    await withSmallDisk(`${base}/small`, async () => {
      const source = `${base}/small/p`
      mkdirSync(source)
      await api.host.storage.create({ name: 'small', driver: 'dir', config: { source } })
      const pool = await ground.snapshot('small')
      const ended = await api.asked('POST', '/1.0/instances', instance(fingerprint, 'small'))
      expect(ended).toMatchObject({ status: 'Failure', status_code: 400, err: fullDisk })
      expect(await ground.snapshot('small')).toEqual(pool)
      await api.host.storage.delete('small')
    })
    expect(await everything()).toEqual(before)
    await gone(fingerprint)
  })
})

describe('an image that is not there, over REST', () => {
  it('is 404 for whatever needs it, and says what to do', async () => {
    const before = await everything()
    const none = 'ab'.repeat(32)
    const source = { type: 'image', alias: 'no-such-alias' }
    const asked: readonly (readonly [string, string, Sent?])[] = [
      ['GET', `/1.0/images/${none}`],
      ['GET', `/1.0/images/${none}/export`],
      ['PUT', `/1.0/images/${none}`, { json: { public: true } }],
      ['PATCH', `/1.0/images/${none}`, { json: { public: true } }],
      ['DELETE', `/1.0/images/${none}`],
      ['POST', '/1.0/instances', instance(none)],
      ['POST', '/1.0/instances', { json: { ...(instance(none).json as object), source } }],
      ['POST', '/1.0/images/aliases', { json: { name: 'a', target: none } }],
    ]
    for (const [method, path, send] of asked) {
      const answer = await api.ask(method, path, send)
      expect([method, path, answer.status]).toEqual([method, path, 404])
      expect(answer.error).toMatch(/; (import it, or list what is|list the aliases to see what is)/)
    }
    expect(await everything()).toEqual(before)
  })

  it('although it is recorded fails with what to do', async () => {
    const fingerprint = await taken([tar(METADATA, ROOT)])
    await rm(`${images}/${fingerprint}`)
    const says = expect.stringMatching(/gone from the store; delete the image and import it again/)
    const exported = await api.ask('GET', `/1.0/images/${fingerprint}/export`)
    expect(exported).toMatchObject({ status: 500, error: says })
    const made = await api.asked('POST', '/1.0/instances', instance(fingerprint))
    expect(made).toMatchObject({ status: 'Failure', err: says })
    await gone(fingerprint)
    expect((await api.ask('GET', '/1.0/images')).metadata).toEqual([])
  })
})
