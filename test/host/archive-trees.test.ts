import { execFile } from 'node:child_process'
import { existsSync, statSync, watch } from 'node:fs'
import { mkdir, readdir, symlink, writeFile } from 'node:fs/promises'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type ArchiveWorld, deepTree, openArchiveWorld, processesWith } from './archive-world.ts'
import { eventually } from './helper-world.ts'
import { inventory, richTree } from './rich-tree.ts'

const run = promisify(execFile)

let world: ArchiveWorld

beforeAll(async () => {
  world = await openArchiveWorld()
})

afterAll(() => world.close())

describe('a tree that is copied', () => {
  it('is the same, sockets included', async () => {
    const from = await world.made('with-socket')
    await richTree(from)
    const target = join(world.scratch, 'copy')
    const server = createServer().listen(join(from, 'socket'))
    await eventually('the socket is there', () => existsSync(join(from, 'socket')))
    await world.helper.copyTree(from, target)
    // What the root itself has is for whoever asked to decide.
    const inside = async (root: string) =>
      (await inventory(root)).filter((line) => !line.startsWith('.\t'))
    expect(await inside(target)).toEqual(await inside(from))
    expect(statSync(join(target, 'all-hole')).blocks).toBe(0)
    server.close()
  })

  it('leaves nothing when the copying is given up', async () => {
    const from = await world.made('many')
    for (let n = 0; n < 160; n++) await writeFile(join(from, `${n}`), Buffer.alloc(2 ** 20, n))
    const parent = await world.made('given-up')
    const name = `copy-of-${process.pid}`
    const target = join(parent, name)
    const abort = new AbortController()
    const watcher = watch(parent).once('change', async () => {
      // It must not come to its end before it is killed.
      for (const pid of await processesWith(`name=${name}`)) process.kill(Number(pid), 'SIGSTOP')
      abort.abort()
    })
    const copying = world.helper.copyTree(from, target, { signal: abort.signal })
    await expect(copying).rejects.toMatchObject({ name: 'AbortError' })
    watcher.close()
    expect(existsSync(target)).toBe(false)
  })

  it('is not written over something', async () => {
    const target = await world.made('taken')
    await writeFile(join(target, 'kept'), '')
    await expect(world.helper.copyTree(join(world.scratch, 'many'), target)).rejects.toMatchObject({
      code: 'EEXIST',
    })
    expect(await readdir(target)).toEqual(['kept'])
  })

  it('leaves nothing when the disk is full', async () => {
    const small = await world.made('small-disk')
    await run('mount', ['-t', 'tmpfs', '-o', 'size=1m', 'tmpfs', small])
    try {
      const refused = world.helper.copyTree(join(world.scratch, 'many'), join(small, 'copy'))
      await expect(refused).rejects.toMatchObject({ code: 'ENOSPC' })
      expect(await readdir(small)).toEqual([])
    } finally {
      await run('umount', [small])
    }
  })
})

describe('a tree that is removed', () => {
  it('goes however deep it is, and takes nothing outside with it', async () => {
    const target = await world.made('doomed')
    const outside = await world.made('outside')
    await writeFile(join(outside, 'canary'), '')
    await deepTree(target, 3000)
    await symlink(outside, join(target, 'way-out'))
    await world.helper.removeTree(target)
    expect(existsSync(target)).toBe(false)
    expect(await readdir(outside)).toEqual(['canary'])
  })

  it('through a link is only the link', async () => {
    await symlink(join(world.scratch, 'outside'), join(world.scratch, 'to-outside'))
    await world.helper.removeTree(join(world.scratch, 'to-outside'))
    expect(await readdir(join(world.scratch, 'outside'))).toEqual(['canary'])
  })

  it('that holds a mount is refused, and the mount stays', async () => {
    const target = await world.made('mounted')
    await mkdir(join(target, 'point'))
    await run('mount', ['-t', 'tmpfs', 'tmpfs', join(target, 'point')])
    try {
      await writeFile(join(target, 'point', 'canary'), '')
      await expect(world.helper.removeTree(target)).rejects.toMatchObject({ code: 'EBUSY' })
      expect(await readdir(join(target, 'point'))).toEqual(['canary'])
    } finally {
      await run('umount', [join(target, 'point')])
    }
  })

  it('that is gone already is no error', async () => {
    await world.helper.removeTree(join(world.scratch, 'never', 'was'))
    await world.helper.removeTree(join(world.scratch, 'never'))
  })
})
