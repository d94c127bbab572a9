import { execFile } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { existsSync, statSync } from 'node:fs'
import { chown, lstat, mkdir, readdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import {
  type ArchiveWorld,
  compressed,
  deepTree,
  LIMITS,
  openArchiveWorld,
  processesWith,
  zeros,
} from './archive-world.ts'
import { richTree } from './rich-tree.ts'
import { directory, file, hardlink, symlink as link, node, tar } from './tar-file.ts'

const run = promisify(execFile)

let world: ArchiveWorld
let packed: string
let squashed: string

beforeAll(async () => {
  world = await openArchiveWorld()
  const source = await world.made('source')
  packed = join(world.scratch, 'packed.tar')
  squashed = join(world.scratch, 'packed.squashfs')
  await richTree(source)
  await world.pack(source, packed)
  await run('mksquashfs', [source, squashed, '-quiet', '-no-progress'])
})

afterAll(() => world.close())

describe('members of an archive', () => {
  it('are read without unpacking, whatever their names are written like', async () => {
    const archive = await world.archive('members', tar(file('./a', 'one'), file('/b//c', 'two')))
    const request = { archive, names: ['a', 'b/c', 'd'], maxBytesEach: 10, timeMs: 10_000 }
    const members = await world.helper.readMembers(request)
    expect([...members].map(([name, bytes]) => [name, String(bytes)])).toEqual([
      ['a', 'one'],
      ['b/c', 'two'],
    ])
  })

  it.each([
    ['larger than allowed', file('a', 'x'.repeat(11)), 'ARCHIVE_TOO_LARGE'],
    ['of a size below zero', file('a', '', { size: '\xff'.repeat(12) }), 'ARCHIVE_CORRUPT'],
    ['a symbolic link', link('a', '/etc/passwd'), 'ARCHIVE_HOSTILE'],
    ['a hard link', hardlink('a', 'b'), 'ARCHIVE_HOSTILE'],
    ['a fifo', { name: 'a', type: '6' }, 'ARCHIVE_HOSTILE'],
    ['a device', node('a', 'char', [1, 5]), 'ARCHIVE_HOSTILE'],
    ['a directory', directory('a'), 'ARCHIVE_HOSTILE'],
  ] as const)('%s are refused', async (what, entry, code) => {
    const archive = await world.archive(`member ${what}`, tar(file('b', 'other'), entry))
    const refused = world.helper.readMembers({
      archive,
      names: ['a'],
      maxBytesEach: 10,
      timeMs: 10_000,
    })
    await expect(refused).rejects.toMatchObject({ code })
  })
})

describe('an archive that is only looked at', () => {
  const look = (archive: string) =>
    world.helper.inspect({
      ...{ archive, members: ['m'], heads: ['h'], tops: ['d', 'none'] },
      ...{ maxBytesEach: 10, limits: LIMITS },
    })

  it('tells what lies at its top, and what a few files hold', async () => {
    const entries = [file('./m', 'whole'), file('h', 'h'.repeat(70_000)), file('d/x/y', '1')]
    const archive = await world.archive('inspect', tar(...entries, file('other', '2')))
    const { top, members, bytes } = await look(archive)
    expect(Object.fromEntries(top)).toEqual({
      m: { type: 'file', sizeBytes: 5 },
      h: { type: 'file', sizeBytes: 70_000 },
      d: { type: 'directory', sizeBytes: 0 },
    })
    expect(String(members.get('m'))).toBe('whole')
    expect(members.get('h')).toHaveLength(65_536)
    expect(bytes).toBe(70_007)
  })

  it('tells so of a squashfs too', async () => {
    const tree = await world.made('squash')
    await writeFile(join(tree, 'm'), 'whole')
    await mkdir(join(tree, 'd'))
    const archive = join(world.scratch, 'inspected.squashfs')
    await run('mksquashfs', [tree, archive, '-quiet', '-no-progress'])
    const { top, members } = await look(archive)
    expect([...top.keys()].sort()).toEqual(['d', 'm'])
    expect(String(members.get('m'))).toBe('whole')
  })

  it.each(['gzip', 'bzip2', 'xz', 'zstd', 'squashfs'])(
    'is refused when it is cut off or one byte of it is another: %s',
    async (kind) => {
      const tree = await world.made(`noise-${kind}`)
      await writeFile(join(tree, 'noise'), randomBytes(600_000))
      const plain = join(world.scratch, `noise-${kind}.tar`)
      await world.pack(tree, plain)
      const path = `${plain}.${kind}`
      if (kind === 'squashfs')
        await run('mksquashfs', [tree, path, '-quiet', '-no-progress', '-noD'])
      else await compressed(plain, kind === 'zstd' ? ['zstd', '-q', '--check'] : [kind])
      const whole = await readFile(path)
      expect((await look(await world.archive(`sound ${kind}`, whole))).entries).toBeGreaterThan(0)
      const cut = await world.archive(`cut ${kind}`, whole.subarray(0, 400_000))
      await expect(look(cut)).rejects.toMatchObject({ code: 'ARCHIVE_CORRUPT' })
      // What a squashfs keeps as it is has no checksum.
      if (kind === 'squashfs') return
      whole[300_000] = ~(whole[300_000] ?? 0)
      const changed = await world.archive(`changed ${kind}`, whole)
      await expect(look(changed)).rejects.toMatchObject({ code: 'ARCHIVE_CORRUPT' })
    },
  )
})

describe('unpacking', () => {
  it('tells how far it is, up to the size of the archive', async () => {
    const archive = await zeros(world, 'progress', 64)
    const told: number[] = []
    const target = await world.made('progress')
    await world.helper.unpack(
      { archive, target, limits: LIMITS },
      { progress: (n) => told.push(n) },
    )
    expect(told.length).toBeGreaterThan(0)
    expect(told).toEqual([...told].sort((a, b) => a - b))
    expect(told.at(-1)).toBeLessThanOrEqual(statSync(archive).size)
  })

  it('that is given up has ended, with all of its processes, when the call rejects', async () => {
    const archive = await zeros(world, 'cancel', 256)
    const abort = new AbortController()
    const target = await world.made('cancel')
    const unique = 2 ** 40 + process.pid
    const limits = { ...LIMITS, bytes: unique }
    const unpacking = world.helper.unpack(
      { archive, target, limits },
      { signal: abort.signal, progress: () => abort.abort() },
    )
    await expect(unpacking).rejects.toMatchObject({ name: 'AbortError' })
    expect(await processesWith(`bytes=${unique}`)).toEqual([])
    await world.helper.removeTree(target)
    expect(existsSync(target)).toBe(false)
  })

  it('keeps the mode and owner of the target where it is asked to', async () => {
    const root = { name: './', type: '5', mode: 0o777, uid: 5 } as const
    const archive = await world.archive('root', tar(root, file('a')))
    const { target } = await world.unpack(archive, 'taken-root')
    expect([statSync(target).mode & 0o7777, statSync(target).uid]).toEqual([0o777, 5])
    const kept = await world.made('kept-root')
    await run('chmod', ['700', kept])
    for (const each of [archive, squashed]) {
      const below = join(kept, each === archive ? 'tar' : 'squashfs')
      await mkdir(below, { mode: 0o700 })
      await chown(below, 7, 7)
      await world.helper.unpack({ archive: each, target: below, limits: LIMITS, keepRoot: true })
      expect([statSync(below).mode & 0o7777, statSync(below).uid]).toEqual([0o700, 7])
    }
  })

  it('leaves devices out for those who have no right to hardware, and keeps the likes of /dev/null', async () => {
    const wanted = { harmlessDevicesOnly: true }
    for (const archive of [packed, squashed]) {
      const name = `harmless-${archive === packed ? 'tar' : 'squashfs'}`
      const { target, report } = await world.unpack(archive, name, wanted)
      expect(report.skipped).toEqual(['loop'])
      expect(existsSync(join(target, 'loop'))).toBe(false)
      expect((await lstat(join(target, 'null'))).isCharacterDevice()).toBe(true)
    }
  })

  it('does so for a hard link to a device too', async () => {
    const entries = [node('disk', 'block', [8, 0]), hardlink('same', 'disk'), file('after')]
    const archive = await world.archive('linked-device', tar(...entries))
    const { target } = await world.unpack(archive, 'linked-device', { harmlessDevicesOnly: true })
    expect(await readdir(target)).toEqual(['after'])
  })
})

describe('limits', () => {
  const many = (count: number) => Array.from({ length: count }, (_, n) => file(`f${n}`, 'x'))

  const path = (name: string) => tar(file('a', '', { pax: { path: name } }))
  const big = { 'SCHILY.xattr.user.big': 'x'.repeat(70_000) }

  it.each([
    ['the depth', path(`${'d/'.repeat(257)}a`)],
    ['the length of a name', path('n'.repeat(256))],
    ['the length of a path', path(`${'d'.repeat(200)}/`.repeat(21))],
    ['the size of an attribute', tar(file('a', '', { pax: big }))],
  ])('of %s hold', async (what, content) => {
    const archive = await world.archive(what, content)
    const refused = world.unpack(archive, what)
    await expect(refused).rejects.toMatchObject({ code: 'ARCHIVE_TOO_LARGE' })
  })

  it('of entries hold, whether they are wanted or not', async () => {
    const archive = await world.archive('many', tar(...many(11)))
    const limits = { ...LIMITS, entries: 10 }
    for (const only of [['f0'], undefined]) {
      const refused = world.unpack(archive, `many-${only}`, { limits, ...(only && { only }) })
      await expect(refused).rejects.toMatchObject({ code: 'ARCHIVE_TOO_MANY_ENTRIES' })
    }
  })

  it('of bytes hold', async () => {
    const half = Buffer.alloc(6000)
    const archive = await world.archive('bytes', tar(file('a', half), file('b', half)))
    const refused = world.unpack(archive, 'bytes', { limits: { ...LIMITS, bytes: 10_000 } })
    await expect(refused).rejects.toMatchObject({ code: 'ARCHIVE_TOO_LARGE', entry: 'b' })
  })

  it('of bytes hold for a bomb: little in, much out', async () => {
    const archive = await zeros(world, 'bomb', 128)
    expect(statSync(archive).size).toBeLessThan(2 ** 19)
    const refused = world.unpack(archive, 'bomb', { limits: { ...LIMITS, bytes: 2 ** 20 } })
    await expect(refused).rejects.toMatchObject({ code: 'ARCHIVE_TOO_LARGE' })
    const { size, blocks } = statSync(join(world.scratch, 'bomb', 'zeros'))
    expect(Math.max(size, blocks * 512)).toBeLessThan(2 ** 21)
  })

  it('of time hold', async () => {
    const archive = await zeros(world, 'slow', 256)
    const refused = world.unpack(archive, 'slow', { limits: { ...LIMITS, timeMs: 30 } })
    await expect(refused).rejects.toMatchObject({ code: 'ARCHIVE_TIMEOUT' })
  })

  it('hold for a squashfs before anything of it is written', async () => {
    const archive = squashed
    const cases = [
      [{ entries: 10 }, 'ARCHIVE_TOO_MANY_ENTRIES'],
      [{ bytes: 1000 }, 'ARCHIVE_TOO_LARGE'],
    ] as const
    for (const [limits, code] of cases) {
      const target = await world.made(`squashfs-${code}`)
      const refused = world.helper.unpack({ archive, target, limits: { ...LIMITS, ...limits } })
      await expect(refused).rejects.toMatchObject({ code })
      expect(await readdir(target)).toEqual([])
    }
  })

  it('hold for a squashfs that hides its bulk far below', async () => {
    const deep = await world.made('deep')
    const bottom = await deepTree(deep, 300)
    await writeFile(join(bottom, 'bulk'), Buffer.alloc(2 ** 20))
    const archive = join(world.scratch, 'deep.squashfs')
    await run('mksquashfs', [deep, archive, '-quiet', '-no-progress'])
    const refused = world.unpack(archive, 'deep-squashfs', {
      limits: { ...LIMITS, bytes: 2 ** 16 },
    })
    await expect(refused).rejects.toMatchObject({ code: 'ARCHIVE_TOO_LARGE' })
    expect(await readdir(join(world.scratch, 'deep-squashfs'))).toEqual([])
  })
})
