import { mkdtemp, rm, stat } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, describe, expect, it } from 'vitest'
import { FakeFiles } from '../../../lib/core/fakes/files.ts'
import { HostFiles } from '../../../lib/core/host/files.ts'
import type { Files } from '../../../lib/core/ports.ts'

const made: string[] = []

afterEach(async () => {
  for (const path of made.splice(0)) await rm(path, { recursive: true, force: true })
})

async function onDisk(): Promise<{ files: Files; root: string }> {
  const root = await mkdtemp(join(tmpdir(), 'lxworks-files-'))
  made.push(root)
  return { files: new HostFiles(), root }
}

async function inMemory(): Promise<{ files: Files; root: string }> {
  const files = new FakeFiles()
  await files.makeDirectory('/root')
  return { files, root: '/root' }
}

const KINDS = [
  ['on disk', onDisk],
  ['in memory', inMemory],
] as const

describe.each(KINDS)('files %s', (_, open) => {
  it('are undefined when they are not there', async () => {
    const { files, root } = await open()
    expect(await files.read(join(root, 'a'))).toBeUndefined()
    expect(await files.read(join(root, 'a/b'))).toBeUndefined()
    expect(await files.exists(join(root, 'a'))).toBe(false)
    expect(await files.list(join(root, 'a'))).toEqual([])
  })

  it('are replaced whole and leave no temporary name', async () => {
    const { files, root } = await open()
    await files.write(join(root, 'a'), 'first, and longer')
    await files.write(join(root, 'a'), 'second', { durable: false })
    expect(await files.read(join(root, 'a'))).toBe('second')
    expect(await files.list(root)).toEqual(['a'])
  })

  it('are not written below a directory that is not there', async () => {
    const { files, root } = await open()
    await expect(files.write(join(root, 'no/a'), 'x')).rejects.toMatchObject({ code: 'ENOENT' })
  })
})

describe.each(KINDS)('removing and moving files %s', (_, open) => {
  it('are removed silently, once and again', async () => {
    const { files, root } = await open()
    await files.write(join(root, 'a'), 'x')
    await files.makeDirectory(join(root, 'd'))
    for (const name of ['a', 'd', 'a', 'd']) await files.remove(join(root, name))
    expect(await files.list(root)).toEqual([])
  })

  it('are emptied in place, for whoever holds them open', async () => {
    const { files, root } = await open()
    await files.write(join(root, 'a'), 'x')
    expect(await files.empty(join(root, 'a'))).toBe(true)
    expect(await files.readBytes(join(root, 'a'))).toEqual(Buffer.alloc(0))
    expect(await files.empty(join(root, 'b'))).toBe(false)
    expect(await files.list(root)).toEqual(['a'])
  })

  it('keep a directory that is not empty', async () => {
    const { files, root } = await open()
    await files.makeDirectory(join(root, 'd/e'))
    await expect(files.remove(join(root, 'd'))).rejects.toMatchObject({ code: 'ENOTEMPTY' })
  })

  it('are listed by name, one level deep', async () => {
    const { files, root } = await open()
    await files.makeDirectory(join(root, 'b/deep'))
    await files.write(join(root, 'a'), 'x')
    expect(await files.list(root)).toEqual(['a', 'b'])
  })

  it('are removed as a tree without following links', async () => {
    const { files, root } = await open()
    await files.makeDirectory(join(root, 'tree/deep'))
    await files.write(join(root, 'kept'), 'x')
    await files.link(join(root, 'kept'), join(root, 'tree/deep/link'))
    await files.removeTree(join(root, 'tree'))
    await files.removeTree(join(root, 'tree'))
    expect(await files.list(root)).toEqual(['kept'])
    expect(await files.read(join(root, 'kept'))).toBe('x')
  })

  it('are read through a link, which can be replaced', async () => {
    const { files, root } = await open()
    await files.write(join(root, 'a'), 'a')
    await files.write(join(root, 'b'), 'b')
    await files.link(join(root, 'a'), join(root, 'link'))
    await files.link(join(root, 'b'), join(root, 'link'))
    expect(await files.read(join(root, 'link'))).toBe('b')
  })

  it('move with everything below', async () => {
    const { files, root } = await open()
    await files.makeDirectory(join(root, 'a/deep'))
    await files.write(join(root, 'a/deep/f'), 'x')
    await files.rename(join(root, 'a'), join(root, 'b'))
    expect(await files.read(join(root, 'b/deep/f'))).toBe('x')
    expect(await files.exists(join(root, 'a'))).toBe(false)
  })
})

describe('files on disk', () => {
  it('have exactly the mode asked for, whatever the umask', async () => {
    const { files, root } = await onDisk()
    const before = process.umask(0o077)
    try {
      await files.write(join(root, 'a'), 'x', { mode: 0o666 })
    } finally {
      process.umask(before)
    }
    expect((await stat(join(root, 'a'))).mode & 0o777).toBe(0o666)
  })
})
