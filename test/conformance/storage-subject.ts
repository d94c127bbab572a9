import assert from 'node:assert/strict'
import type {
  AnyStorageDriver,
  StorageFacet,
  VolumeSource,
  VolumeSpec,
} from '../../lib/storage/contract.ts'

/** A driver under test, for a pool that was not made yet. */
export interface StorageSubject {
  readonly driver: AnyStorageDriver
  /** An archive with a directory `rootfs` that holds a file, and a broken one. */
  readonly archive: string
  readonly brokenArchive: string
  /** How files in volumes are read and written; absent where volumes only pretend. */
  readonly content?: {
    /** Undefined when there is no such file. */
    read(path: string): Promise<string | undefined>
    /** Makes the file, or replaces it. */
    write(path: string, text: string): Promise<void>
  }
  /** Whatever of the host the driver may touch: directories, mounts, devices. Compared before and after every rule. */
  host(): Promise<unknown>
}

/** One rule, as data: any runner can run it and the docs can count it. */
export interface StorageRule {
  readonly name: string
  /** Throws where the rule does not hold. */
  run(subject: StorageSubject): Promise<void>
}

/** What a rule does with its driver. */
export type Work = (subject: StorageSubject) => Promise<void>

/** The volume that most rules work on. */
export const first: VolumeSpec = {
  kind: 'container',
  name: 'c1',
  contentType: 'filesystem',
  config: {},
}
/** Another one beside it. */
export const second: VolumeSpec = { ...first, name: 'c2' }
/** Nothing to fill a volume with. */
export const empty: VolumeSource = { kind: 'empty' }

/** A rule that runs in a pool of its own, after which the host must be as it was. */
export function inPool(name: string, work: Work): StorageRule {
  return {
    name,
    async run(subject) {
      const before = await subject.host()
      const { driver } = subject
      await driver.pool.create()
      await work(subject)
      for (const volume of await driver.list()) await driver.delete(volume)
      await driver.pool.delete()
      assert.deepEqual(await subject.host(), before, 'the host is not as before')
    },
  }
}

/** One archive to fill a volume with, under ample limits. */
export function archives(path: string): VolumeSource {
  const limits = { bytes: 1e9, entries: 1e5, timeMs: 60_000 }
  return { kind: 'archives', archives: [{ path }], limits }
}

/** The pool holds `c1`, filled from the archive. */
export function prepared(work: Work): Work {
  return async (subject) => {
    await subject.driver.create(first, archives(subject.archive))
    await work(subject)
  }
}

/** Names of the volumes that are there, sorted. */
export async function names({ driver }: StorageSubject): Promise<readonly string[]> {
  return (await driver.list()).map(({ name }) => name).sort()
}

/** The facet of a driver that has it; a rule for those that have not is a mistake. */
export function offered<F extends StorageFacet>(
  { driver }: StorageSubject,
  facet: F,
): NonNullable<AnyStorageDriver[F]> {
  const member = driver[facet]
  assert.ok(member, `the module promised ${facet}`)
  return member
}
