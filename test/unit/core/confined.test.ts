import { execFileSync } from 'node:child_process'
import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { linux } from '../../../bindings/linux/index.ts'
import { KernelConfinedPaths, safeName } from '../../../lib/core/confined.ts'

let root: string

beforeEach(async () => {
  const parent = await mkdtemp(join(tmpdir(), 'lxworks-confined-'))
  root = join(parent, 'root')
  await mkdir(join(root, 'sub'), { recursive: true })
  await writeFile(join(root, 'sub/file'), 'inside')
  await writeFile(join(parent, 'secret'), 'outside')
  await symlink('../secret', join(root, 'link'))
  await symlink('sub', join(root, 'linked'))
  execFileSync('mkfifo', [join(root, 'fifo')])
})

afterEach(async () => {
  await rm(join(root, '..'), { recursive: true })
})

const paths = new KernelConfinedPaths(linux)

async function content(path: string): Promise<string> {
  const file = await paths.openRead(root, path)
  try {
    return await file.readFile('utf8')
  } finally {
    await file.close()
  }
}

describe('a confined path', () => {
  it('leads to a file below its root', async () => {
    expect(await content('sub/file')).toBe('inside')
    expect(await content('./sub/../sub/file')).toBe('inside')
  })

  it.each(['../secret', '/etc/passwd', 'sub/../../secret', 'link', 'linked/file'])(
    'is refused when it is %s',
    async (path) => {
      await expect(content(path)).rejects.toMatchObject({ kind: 'invalid' })
    },
  )

  it('is not found when there is nothing, or a file on the way', async () => {
    for (const path of ['none', 'sub/file/none']) {
      await expect(content(path)).rejects.toMatchObject({
        kind: 'notFound',
        code: 'CORE_PATH_NOT_FOUND',
      })
    }
  })

  it.each(['fifo', 'sub', '.'])(
    'is refused when %s is no regular file, without waiting',
    async (path) => {
      await expect(content(path)).rejects.toMatchObject({ code: 'CORE_NOT_A_FILE' })
    },
  )

  it('can be written below its root and nowhere else', async () => {
    const file = await paths.openWrite(root, 'sub/new', { mode: 0o640 })
    await file.writeFile('written')
    expect((await file.stat()).mode & 0o777).toBe(0o640)
    await file.close()
    expect(await content('sub/new')).toBe('written')
    for (const path of ['../new', 'link', 'linked/new']) {
      await expect(paths.openWrite(root, path)).rejects.toMatchObject({ code: 'CORE_PATH_ESCAPES' })
    }
  })

  it('is not overwritten when it must be new', async () => {
    const writing = paths.openWrite(root, 'sub/file', { exclusive: true })
    await expect(writing).rejects.toMatchObject({ code: 'EEXIST' })
    expect(await content('sub/file')).toBe('inside')
  })
})

describe('the name of a file', () => {
  it.each(['', '.', '..', 'a/b', 'a\0', 'a\n', 'ü'.repeat(128)])('is not %j', (name) => {
    expect(() => safeName(name, 'name')).toThrow(
      expect.objectContaining({ kind: 'invalid', code: 'CORE_UNSAFE_NAME' }),
    )
  })

  it('may be anything else', () => {
    expect(safeName('...a b-ü', 'name')).toBe('...a b-ü')
  })
})
