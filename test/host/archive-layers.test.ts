import { mkdir, readdir, readFile, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type ArchiveWorld, LIMITS, mapTo, openArchiveWorld } from './archive-world.ts'
import { directory, file, hardlink, symlink, type TarEntry, tar } from './tar-file.ts'

let world: ArchiveWorld
let made = 0

beforeAll(async () => {
  world = await openArchiveWorld()
})

afterAll(() => world.close())

const LOWER = [
  ...[
    directory('etc'),
    file('etc/passwd', 'lower'),
    file('etc/hosts', 'lower'),
    directory('etc/conf.d'),
  ],
  ...[
    file('etc/conf.d/a', 'a'),
    directory('var'),
    directory('var/deep'),
    file('var/deep/b', 'b'),
    symlink('lib', 'usr/lib'),
  ],
]

/** Lays the layers over one another; what is there then. */
async function laid(...layers: readonly (readonly TarEntry[])[]): Promise<string> {
  const target = await world.made(`layers-${++made}`)
  for (const [index, layer] of layers.entries()) {
    const archive = await world.archive(`layer-${made}-${index}`, tar(...layer))
    await world.helper.unpack({
      archive,
      target,
      limits: LIMITS,
      layer: true,
      idmap: mapTo(1_000_000),
    })
  }
  return target
}

const names = async (target: string): Promise<readonly string[]> =>
  (await readdir(target, { recursive: true })).sort()

const all = [
  'etc',
  'etc/conf.d',
  'etc/conf.d/a',
  'etc/hosts',
  'etc/passwd',
  'lib',
  'var',
  'var/deep',
  'var/deep/b',
]
const without = (...gone: readonly string[]): readonly string[] =>
  all.filter((name) => !gone.includes(name))

describe('a layer', () => {
  it('replaces files of the layers below, adds to their directories, and links to what they brought', async () => {
    const target = await laid(LOWER, [
      file('etc/passwd', 'upper'),
      file('var/deep/c', 'c'),
      hardlink('etc/same', 'etc/hosts'),
    ])
    expect(await names(target)).toEqual([...all, 'etc/same', 'var/deep/c'].sort())
    expect(await readFile(join(target, 'etc/passwd'), 'utf8')).toBe('upper')
    expect((await stat(join(target, 'etc/same'))).ino).toBe(
      (await stat(join(target, 'etc/hosts'))).ino,
    )
    expect((await stat(join(target, 'var/deep/c'))).uid).toBe(1_000_000)
  })

  it.each([
    ['a file', ['etc/.wh.passwd'], without('etc/passwd')],
    ['a directory with what is in it', ['.wh.etc'], all.filter((name) => !name.startsWith('etc'))],
    ['a link', ['.wh.lib'], without('lib')],
    [
      'all of a directory',
      ['etc/.wh..wh..opq'],
      without('etc/passwd', 'etc/hosts', 'etc/conf.d', 'etc/conf.d/a'),
    ],
    ['everything', ['.wh..wh..opq'], []],
    ['nothing where there is none', ['etc/.wh.none', 'none/.wh.x', 'none/.wh..wh..opq'], all],
    ['nothing for the bookkeeping of aufs', ['.wh..wh.plnk', '.wh..wh.aufs'], all],
  ])('hides %s', async (_, whiteouts, left) => {
    const target = await laid(
      LOWER,
      whiteouts.map((name) => file(name)),
    )
    expect(await names(target)).toEqual(left)
  })

  it('hides nothing that it brings itself, in whatever order it says so', async () => {
    const brought = [directory('etc'), file('etc/passwd', 'upper'), file('etc/new/x', 'x')]
    const hidden = [
      file('etc/.wh..wh..opq'),
      file('.wh.etc'),
      file('etc/.wh.passwd'),
      file('etc/.wh.new'),
    ]
    const left = [
      ...all.filter((name) => !name.startsWith('etc')),
      'etc',
      'etc/new',
      'etc/new/x',
      'etc/passwd',
    ].sort()
    for (const layer of [
      [...brought, ...hidden],
      [...hidden, ...brought],
    ]) {
      const target = await laid(LOWER, layer)
      expect(await names(target)).toEqual(left)
      expect(await readFile(join(target, 'etc/passwd'), 'utf8')).toBe('upper')
    }
  })

  it('puts something of another type where a lower layer had something', async () => {
    const target = await laid(LOWER, [
      ...[
        file('etc', 'a file now'),
        directory('lib'),
        file('lib/x'),
        symlink('var', 'run'),
        directory('etc2'),
      ],
    ])
    expect(await names(target)).toEqual(['etc', 'etc2', 'lib', 'lib/x', 'var'])
    const linked = await laid(LOWER, [file('f', 'f'), hardlink('etc', 'f'), hardlink('lib', 'f')])
    expect(await names(linked)).toEqual(['etc', 'f', 'lib', 'var', 'var/deep', 'var/deep/b'])
  })

  it('is refused when it gives one name two types, or goes through a link of a lower layer', async () => {
    const outside = await world.made('outside')
    await writeFile(join(outside, 'canary'), 'alive')
    await mkdir(join(outside, 'etc'))
    const lower = [symlink('lib', outside), symlink('up', '../outside')]
    for (const layer of [
      ...[
        [file('a'), directory('a')],
        [directory('a'), symlink('a', '/')],
        [file('a/b'), symlink('a', outside), file('a/c')],
      ],
      ...[
        [file('lib/x')],
        [file('lib/.wh.canary')],
        [file('up/.wh..wh..opq')],
        [hardlink('y', 'lib/canary')],
      ],
      ...[
        [file('../.wh.outside')],
        [file('.wh..')],
        [file('.wh...')],
        [file('.wh.')],
        [file('a/.wh..')],
      ],
    ])
      await expect(laid(lower, layer)).rejects.toMatchObject({ code: 'ARCHIVE_HOSTILE' })
    expect(await readFile(join(outside, 'canary'), 'utf8')).toBe('alive')
    expect(await readdir(outside)).toEqual(['canary', 'etc'])
  })

  it('with very many names stays cheap', async () => {
    const many = Array.from({ length: 20_000 }, (_, index) => file(`d${index % 100}/f${index}`))
    const target = await laid(LOWER, [...many, file('.wh..wh..opq')])
    expect((await readdir(target)).length).toBe(100)
  })
})
