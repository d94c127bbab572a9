import { execFile } from 'node:child_process'
import { chownSync, readFileSync, statSync } from 'node:fs'
import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { findProgram } from '../../bindings/load.ts'
import { type ArchiveWorld, compressed, mapTo, openArchiveWorld } from './archive-world.ts'
import { capability, inventory, richTree } from './rich-tree.ts'
import { file, tar } from './tar-file.ts'

const run = promisify(execFile)

let world: ArchiveWorld
let source: string
let packed: string
let expected: readonly string[]

beforeAll(async () => {
  world = await openArchiveWorld()
  source = await world.made('source')
  packed = join(world.scratch, 'packed.tar')
  await richTree(source)
  await world.pack(source, packed)
  expected = await inventory(source)
})

afterAll(() => world.close())

describe('a tree that was packed', () => {
  it('comes back whole: owners, modes, times, xattrs, ACLs, capabilities, links, nodes, names that are no text', async () => {
    const { target, report } = await world.unpack(packed, 'plain')
    expect(await inventory(target)).toEqual(expected)
    expect(report.skipped).toEqual([])
  })

  it('keeps its holes, in the archive and out of it', async () => {
    const bytes = (path: string): number => statSync(path).blocks * 512
    expect(statSync(packed).size).toBeLessThan(8 * 1024 ** 2)
    for (const name of ['sparse', 'all-hole'])
      expect(bytes(join(world.scratch, 'plain', name))).toBeLessThanOrEqual(
        bytes(join(source, name)),
      )
  })

  it('gives the same archive again', async () => {
    await world.pack(source, join(world.scratch, 'again.tar'))
    expect(readFileSync(join(world.scratch, 'again.tar')).equals(readFileSync(packed))).toBe(true)
  })

  it('is read by tar, and what tar packs is read here', async () => {
    const target = await world.made('by-tar')
    const words = ['--numeric-owner', '--xattrs', '--xattrs-include=*', '--acls', '-xpf', packed]
    await run('tar', ['-C', target, ...words])
    expect(await inventory(target)).toEqual(expected)
    const own = join(world.scratch, 'own.tar')
    const flags = ['--xattrs', '--xattrs-include=*', '--acls', '--sparse', '--format=posix']
    await run('tar', ['-C', source, '--numeric-owner', ...flags, '-cf', own, '.'])
    const { target: back } = await world.unpack(own, 'from-tar')
    expect(await inventory(back)).toEqual(expected)
  })

  it.each([
    [['gzip']],
    [['bzip2']],
    [['xz', '-1', '-T2']],
    [['lzma', '-1']],
    [['zstd', '-1']],
  ] as const)('comes back from %j', async (compressor) => {
    const archive = await compressed(packed, compressor)
    const { target } = await world.unpack(archive, `from-${compressor[0]}`)
    expect(await inventory(target)).toEqual(expected)
  })

  it('comes back from a tar of GNU tar, which writes ACLs as attributes; ids in them are shifted', async () => {
    const archive = join(world.scratch, 'gnu.tar')
    const words = ['--sparse', '--numeric-owner', '--xattrs', '--xattrs-include=*']
    await run('tar', [...words, '-C', source, '-cf', archive, '.'])
    const { target } = await world.unpack(archive, 'from-gnu')
    expect(await inventory(target)).toEqual(expected)
    const { target: moved } = await world.unpack(archive, 'from-gnu-shifted', {
      idmap: mapTo(2 ** 20),
    })
    expect(await acl(moved, 'plain')).toContain(`user:${2 ** 20 + 7007}:rwx`)
  })

  it('comes back from a squashfs, which keeps no ACLs', async () => {
    const archive = join(world.scratch, 'packed.squashfs')
    await run('mksquashfs', [source, archive, '-quiet', '-no-progress', '-comp', 'zstd'])
    const { target, report } = await world.unpack(archive, 'from-squashfs')
    expect((await inventory(target)).map(seconds)).toEqual(
      expected.map(withoutAcls).filter(Boolean).map(seconds),
    )
    expect(report).toMatchObject({ skipped: [] })
  })

  it('of which only some was wanted, is that and what the rest leads to is refused', async () => {
    const { target, report } = await world.unpack(packed, 'some', { only: ['sticky', 'plain'] })
    expect((await readdir(target)).sort()).toEqual(['plain', 'sticky'])
    expect(report.entries).toBe(2)
    const refused = world.unpack(packed, 'linked', { only: ['sub'] })
    await expect(refused).rejects.toMatchObject({ code: 'ARCHIVE_HOSTILE' })
  })
})

describe('with shifted ids, a tree', () => {
  const base = 1_300_000_000

  it('gets owners, ACLs and capabilities of the map, and gives them back', async () => {
    const { target } = await world.unpack(packed, 'shifted', { idmap: mapTo(base) })
    const at = (name: string) => statSync(join(target, name))
    expect([at('setuid').uid, at('setuid').gid, at('setuid').mode & 0o7777]).toEqual([
      ...[base + 33, base + 44, 0o6755],
    ])
    expect([at('high-ids').uid, at('high-ids').gid]).toEqual([base + 60_000, base + 65_535])
    expect(await xattr(target, 'empty', 'security.capability')).toBe(capability(base))
    expect(await acl(target, 'plain')).toContain(`user:${base + 7007}:rwx`)
    expect(await acl(target, 'sticky')).toContain(`default:user:${base + 9009}:rwx`)
    await world.pack(target, join(world.scratch, 'shifted.tar'), mapTo(base))
    const { target: back } = await world.unpack(join(world.scratch, 'shifted.tar'), 'unshifted')
    expect(await inventory(back)).toEqual(expected)
  })

  it('is the same from a squashfs', async () => {
    const { target } = await world.unpack(
      join(world.scratch, 'packed.squashfs'),
      'shifted-squashfs',
      {
        idmap: mapTo(base),
      },
    )
    const { uid, gid, mode } = statSync(join(target, 'setuid'))
    expect([uid, gid, mode & 0o7777]).toEqual([base + 33, base + 44, 0o6755])
    expect(await xattr(target, 'empty', 'security.capability')).toBe(capability(base))
  })

  it('is shifted where it lies, there and back', async () => {
    const { target } = await world.unpack(packed, 'moving')
    await world.helper.shiftTree(target, { to: mapTo(base) })
    const shifted = join(world.scratch, 'shifted')
    expect(await inventory(target)).toEqual(await inventory(shifted))
    await world.helper.shiftTree(target, { from: mapTo(base), to: mapTo(base + 100_000) })
    await world.helper.shiftTree(target, { from: mapTo(base + 100_000) })
    expect(await inventory(target)).toEqual(expected)
  })

  it('is shifted once when there is a mark, wherever it was cut off', {
    timeout: 120_000,
  }, async () => {
    const shifted = await inventory(join(world.scratch, 'shifted'))
    for (const afterMs of [0, 1, 2, 3, 5, 8, 13, 1_000]) {
      const { target } = await world.unpack(packed, `cut-off-${afterMs}`)
      const move = { to: mapTo(base), mark: join(world.scratch, `mark-${afterMs}`) }
      const signal = AbortSignal.timeout(afterMs)
      await world.helper.shiftTree(target, move, { signal }).catch(() => undefined)
      await world.helper.shiftTree(target, move)
      await world.helper.shiftTree(target, move)
      expect(await inventory(target)).toEqual(shifted)
      const other = { ...move, to: mapTo(base + 100_000) }
      await expect(world.helper.shiftTree(target, other)).rejects.toMatchObject({ code: 'EBUSY' })
    }
  })

  it('is shifted from where it was refused, once that is mended', async () => {
    const { target } = await world.unpack(packed, 'mended')
    const move = { to: mapTo(base), mark: join(world.scratch, 'mark-mended') }
    const { uid, gid } = statSync(join(target, 'plain'))
    chownSync(join(target, 'plain'), 70_000, gid)
    for (const _ of [1, 2])
      await expect(world.helper.shiftTree(target, move)).rejects.toMatchObject({
        ...{ code: 'ARCHIVE_ID_UNMAPPED', entry: 'plain' },
      })
    expect(statSync(target).uid).toBeGreaterThanOrEqual(base)
    chownSync(join(target, 'plain'), uid, gid)
    await world.helper.shiftTree(target, move)
    const shifted = await inventory(join(world.scratch, 'shifted'))
    expect((await inventory(target)).length).toBe(shifted.length)
    const owner = (path: string) => [statSync(path).uid, statSync(path).gid]
    for (const name of ['plain', 'setuid', 'high-ids', 'sticky'])
      expect(owner(join(target, name))).toEqual(owner(join(world.scratch, 'shifted', name)))
  })

  it('is refused when an owner is not in the map', async () => {
    const archive = await world.archive('unmapped', tar(file('a', '', { uid: 70_000 })))
    const refused = world.unpack(archive, 'unmapped', { idmap: mapTo(base) })
    await expect(refused).rejects.toMatchObject({ code: 'ARCHIVE_ID_UNMAPPED', entry: 'a' })
  })
})

it.skipIf(process.env.LXWORKS_SANITIZE === '1')('the program is small', () => {
  expect(statSync(findProgram('lxworks-archive')).size).toBeLessThan(2 ** 20)
})

function withoutAcls(line: string): string {
  const rest = line.replace(/\nsystem\.posix_acl.*/g, '')
  return rest.includes('\n') || !line.startsWith('# file') ? rest : ''
}

/** A squashfs keeps whole ones. */
function seconds(line: string): string {
  return line.replace(/(\t.*)\.\d{9}/, '$1')
}

async function xattr(root: string, name: string, key: string): Promise<string | undefined> {
  const { stdout } = await run('getfattr', ['-n', key, '-e', 'hex', join(root, name)])
  return /=(0x[0-9a-f]+)/.exec(stdout)?.[1]
}

async function acl(root: string, name: string): Promise<string> {
  const { stdout } = await run('getfacl', ['-n', '-p', join(root, name)])
  return stdout
}
