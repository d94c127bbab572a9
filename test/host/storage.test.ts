import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import {
  chmod,
  lstat,
  mkdir,
  mkdtemp,
  readdir,
  readFile,
  rm,
  stat,
  writeFile,
} from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, beforeEach, describe, it } from 'vitest'
import { startHelper } from '../../bindings/helper/index.ts'
import type { Helper } from '../../bindings/helper/native.ts'
import { linux } from '../../bindings/linux/index.ts'
import { HostFiles } from '../../lib/core/host/files.ts'
import { HostMounts, mountEntries } from '../../lib/core/host/mounts.ts'
import type { AnyStorageDriver, VolumeSpec } from '../../lib/storage/contract.ts'
import { dir } from '../../lib/storage/dir/index.ts'
import { HostDisk } from '../../lib/storage/disk.ts'
import {
  contentRules,
  facetRules,
  poolRules,
  type StorageSubject,
  volumeRules,
} from '../conformance/storage.ts'

const HOST_USER = 65_534
const c1: VolumeSpec = { kind: 'container', name: 'c1', contentType: 'filesystem', config: {} }
const limits = { bytes: 1e8, entries: 1e4, timeMs: 60_000 }

let helper: Helper
let base: string

beforeAll(async () => {
  helper = await startHelper()
})

afterAll(() => helper.close())

beforeEach(async () => {
  base = await mkdtemp(join(tmpdir(), 'lxworks-storage-'))
  // As a state directory is; otherwise it would be this directory that stops the users of the host.
  await chmod(base, 0o711)
  await mkdir(join(base, 'root/storage-pools'), { recursive: true })
  await mkdir(join(base, 'disk'))
  await mkdir(join(base, 'image/rootfs/etc'), { recursive: true })
  await writeFile(join(base, 'image/metadata.yaml'), 'architecture: x86_64\n')
  await writeFile(join(base, 'image/rootfs/etc/hostname'), 'c1\n')
  // The owner's name in the archive is that of the image, never of whoever runs the test.
  execFileSync('tar', ['-C', join(base, 'image'), '--owner=0', '--group=0', '-cf', archive(), '.'])
  await writeFile(join(base, 'broken.tar'), 'x'.repeat(2000))
})

afterEach(async () => {
  const left = mountEntries(await readFile('/proc/self/mountinfo', 'utf8'))
  const ours = left.filter(({ target }) => target.startsWith(base))
  for (const { target } of ours) await linux().unmount(target, { detach: true })
  await rm(base, { recursive: true })
  assert.deepEqual(ours, [], 'a mount was left')
})

function archive(): string {
  return join(base, 'image.tar')
}

function pool(): string {
  return join(base, 'root/storage-pools/p')
}

function driver(source?: string): AnyStorageDriver {
  const place = { name: 'p', directory: pool(), root: join(base, 'root') }
  const mounts = new HostMounts(linux)
  const deps = { place, files: new HostFiles(), mounts, disk: new HostDisk(), unpacker: helper }
  return dir.create(deps, source === undefined ? {} : { source })
}

function subject(source?: string): StorageSubject {
  return {
    driver: driver(source),
    archive: archive(),
    brokenArchive: join(base, 'broken.tar'),
    content: {
      read: (path) => readFile(path, 'utf8'),
      write: (path, text) => writeFile(path, text),
    },
    host: async () => ({
      tree: (await readdir(base, { recursive: true })).sort(),
      // Others use this machine too.
      mounts: mountEntries(await readFile('/proc/self/mountinfo', 'utf8')).filter(({ target }) =>
        target.startsWith(base),
      ),
    }),
  }
}

for (const [name, source] of [
  ['in its own place', () => undefined],
  ['on a source elsewhere', () => join(base, 'disk')],
] as const) {
  describe(`storage conformance: dir on the host, ${name}`, () => {
    for (const rule of [...poolRules, ...volumeRules, ...contentRules]) {
      it(rule.name, () => rule.run(subject(source())))
    }
    for (const facet of dir.facets) {
      for (const rule of facetRules[facet]) {
        it(`${facet}: ${rule.name}`, () => rule.run(subject(source())))
      }
    }
  })
}

describe('a user of the host', () => {
  it('cannot reach a program that a guest made setuid, in any kind of volume', async () => {
    const volumes = driver()
    await volumes.pool.create()
    for (const kind of ['container', 'custom', 'image', 'virtual-machine'] as const) {
      await volumes.create({ ...c1, kind }, { kind: 'empty' })
      const attached = await volumes.attach({ ...c1, kind })
      assert.equal(attached.kind, 'path')
      const program = join(attached.path, 'own')
      assert.ok(as(HOST_USER, ['stat', archive()]).length > 0)
      await writeFile(program, '#!/bin/true\n', { mode: 0o4755 })
      assert.throws(() => as(HOST_USER, ['stat', program]), { status: 1 })
    }
  })

  it('cannot list a pool, whatever the umask of the process that made it', async () => {
    const before = process.umask(0o077)
    try {
      await driver().pool.create()
    } finally {
      process.umask(before)
    }
    assert.throws(() => as(HOST_USER, ['ls', pool()]))
    assert.equal((await stat(pool())).mode & 0o777, 0o711)
    assert.equal((await stat(join(pool(), 'containers'))).mode & 0o777, 0o711)
    assert.equal((await stat(join(pool(), 'custom'))).mode & 0o777, 0o700)
  })
})

describe('the root of an unprivileged container', () => {
  it('owns its files and may pass its volume', async () => {
    const volumes = driver()
    await volumes.pool.create()
    const idmap = (['uid', 'gid'] as const).map((kind) => ({
      kind,
      nsId: 0,
      hostId: 1_000_000,
      count: 65_536,
    }))
    await volumes.create(c1, {
      kind: 'archives',
      archives: [{ path: archive() }],
      limits,
      idmap,
    })
    const path = join(pool(), 'containers/c1')
    const { mode, uid, gid } = await lstat(path)
    assert.deepEqual([mode & 0o777, uid, gid], [0o100, 1_000_000, 1_000_000])
    assert.equal((await lstat(join(path, 'rootfs/etc/hostname'))).uid, 1_000_000)
    assert.equal(String(as(1_000_000, ['cat', join(path, 'rootfs/etc/hostname')])), 'c1\n')
  })
})

describe('a source', () => {
  it('that is a link into the root is refused', async () => {
    await mkdir(join(base, 'root/inside'))
    execFileSync('ln', ['-s', join(base, 'root/inside'), join(base, 'link')])
    await assert.rejects(driver(join(base, 'link')).pool.create(), { code: 'STORAGE_BAD_SOURCE' })
  })

  it('is mounted again when the pool is opened after a start of the host', async () => {
    const volumes = driver(join(base, 'disk'))
    await volumes.pool.create()
    await volumes.create(c1, { kind: 'empty' })
    await linux().unmount(pool(), { detach: true })
    assert.deepEqual(await volumes.list(), [])
    await volumes.pool.open()
    assert.deepEqual(await volumes.list(), [{ kind: 'container', name: 'c1' }])
    await volumes.delete(c1)
    await volumes.pool.delete()
  })
})

/** Runs a program as another user of the host, from a directory that anybody may be in. */
function as(uid: number, argv: readonly [string, ...string[]]): Buffer {
  const [program, ...args] = argv
  return execFileSync(program, args, { uid, gid: uid, cwd: '/', stdio: 'pipe' })
}
