import { readdir, writeFile } from 'node:fs/promises'
import { expect } from 'vitest'
import { type Helper, startHelper } from '../../bindings/helper/index.ts'
import { linux } from '../../bindings/linux/index.ts'
import { EventBus } from '../../lib/core/events.ts'
import { HostFiles } from '../../lib/core/host/files.ts'
import { HostMounts } from '../../lib/core/host/mounts.ts'
import { KeyedLocks } from '../../lib/core/locks.ts'
import { createImages, type ImagesRoom } from '../../lib/images/index.ts'
import { createJournal } from '../../lib/state/journal.ts'
import { openDatabase } from '../../lib/state/open.ts'
import type { AnyStorageDriver, VolumeSource, VolumeSpec } from '../../lib/storage/contract.ts'
import { dir } from '../../lib/storage/dir/index.ts'
import { HostDisk } from '../../lib/storage/disk.ts'
import type { HostileImage, ImageFiles, Refusal } from './image-file.ts'
import type { Ground } from './outside.ts'

export const VOLUME: VolumeSpec = {
  ...{ kind: 'container', name: 'c1', contentType: 'filesystem', config: {} },
}
const LIMITS = { bytes: 50_000_000, entries: 10_000, timeMs: 60_000 }
const files = new HostFiles()

interface Put {
  readonly project: string
  readonly path: string
  readonly rootfsPath?: string
}

/** The rooms that an image passes, alone: nothing of liblxc, nothing of instances. */
export interface ImageRooms {
  readonly helper: Helper
  readonly images: ImagesRoom
  readonly volumes: AnyStorageDriver
  /** Where `volumes` has its own. */
  readonly pool: string
  imagesIn(path: string): ImagesRoom
  volumesIn(path: string): Promise<AnyStorageDriver>
  /** Puts the files where an import finds them. */
  put(files: ImageFiles): Promise<Put>
  sourceOf(fingerprint: string): Promise<VolumeSource>
  /** What lies in the store, in the pool, and beside them. */
  everything(): Promise<readonly string[]>
  close(): Promise<void>
}

export async function openImageRooms({ base, snapshot }: Ground): Promise<ImageRooms> {
  const helper = await startHelper()
  const database = await openDatabase({ kind: 'memory' })
  await files.makeDirectory(`${base}/images`, 0o700)
  const imagesIn = (path: string) =>
    createImages({
      ...{ database, files, directory: path, archives: helper },
      ...{ journal: createJournal(database), locks: new KeyedLocks(), events: new EventBus() },
    })
  const volumesIn = async (path: string) => {
    const place = { name: 'p', directory: path, root: base }
    const ports = { files, mounts: new HostMounts(linux), disk: new HostDisk(), unpacker: helper }
    const driver = dir.create({ place, ...ports }, {})
    await driver.pool.create()
    return driver
  }
  const images = imagesIn(`${base}/images`)
  const volumes = await volumesIn(`${base}/pool`)
  return {
    ...{ helper, images, volumes, pool: `${base}/pool`, imagesIn, volumesIn },
    put: (given) => put(`${base}/incoming`, given),
    sourceOf: async (fingerprint) => {
      const { archives } = await images.facts('default', fingerprint)
      return { kind: 'archives', archives, limits: LIMITS, harmlessDevicesOnly: true }
    },
    everything: () => snapshot('images', 'pool'),
    close: async () => {
      await helper.close()
      await database.close()
    },
  }
}

async function put(path: string, [metadata, rootfs]: ImageFiles): Promise<Put> {
  await writeFile(path, metadata)
  if (rootfs === undefined) return { project: 'default', path }
  await writeFile(`${path}.rootfs`, rootfs)
  return { project: 'default', path, rootfsPath: `${path}.rootfs` }
}

/** The image changes nothing but what it may. */
export async function expectOutcome(
  rooms: ImageRooms,
  { files: given, outcome }: Pick<HostileImage, 'files' | 'outcome'>,
): Promise<void> {
  const { helper, images, volumes, everything } = rooms
  const { pid } = helper
  const request = await rooms.put(given)
  const before = await everything()
  if (outcome.refused === 'import') {
    await refused(images.import(request), outcome)
    if (outcome.unpacked) await notUnpacked(rooms, request, outcome.unpacked)
  } else {
    const { fingerprint } = await images.import(request)
    const between = await everything()
    const source = await rooms.sourceOf(fingerprint)
    if (outcome.refused === 'create') await refused(volumes.create(VOLUME, source), outcome)
    else await madeHarmless(rooms, source)
    expect(await everything()).toEqual(between)
    await images.delete('default', fingerprint)
  }
  expect(await everything()).toEqual(before)
  expect(helper.pid).toBe(pid)
}

export async function refused(
  work: Promise<unknown>,
  { code, says }: { readonly code: string; readonly says: RegExp },
): Promise<void> {
  await expect(work).rejects.toMatchObject({ kind: 'invalid', code })
  const { message } = await work.then(
    () => new Error('it was not refused'),
    (error: Error) => error,
  )
  expect(message).toMatch(says)
  expect(message).not.toMatch(/[\p{Cc}\u2028]/u)
  expect(message).not.toContain('canary')
  expect(message.length).toBeLessThan(1000)
}

/** Whoever unpacks it without having asked the store refuses it too. */
async function notUnpacked(
  { volumes }: ImageRooms,
  { path, rootfsPath }: Put,
  outcome: Refusal,
): Promise<void> {
  const parts = ['metadata.yaml', 'templates']
  const archives =
    rootfsPath === undefined
      ? [{ path, only: [...parts, 'rootfs'] }]
      : [
          { path, only: parts },
          { path: rootfsPath, into: 'rootfs' },
        ]
  const source = { kind: 'archives', archives, limits: LIMITS, harmlessDevicesOnly: true } as const
  await refused(volumes.create(VOLUME, source), outcome)
}

/** It has become a volume like any other. */
async function madeHarmless({ volumes, pool }: ImageRooms, source: VolumeSource): Promise<void> {
  await volumes.create(VOLUME, source)
  const made = `${pool}/containers/c1`
  const known = ['metadata.yaml', 'rootfs', 'templates']
  expect((await readdir(made)).filter((name) => !known.includes(name))).toEqual([])
  const types = await readdir(`${made}/rootfs`, { recursive: true, withFileTypes: true })
  expect(types.filter((entry) => entry.isBlockDevice() || entry.isCharacterDevice())).toEqual([])
  await volumes.delete(VOLUME)
}
