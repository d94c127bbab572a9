import { dirname } from 'node:path'
import { FakeFiles } from '../../../lib/core/fakes/files.ts'

interface Entry {
  readonly path: string
  readonly kind: 'file' | 'bytes' | 'link' | 'directory'
  readonly content: string
}

/**
 * A tree of files as text: a path alone on its line is a file, with its lines after `|` below it or with its bytes in base64 after
 * `=`; one with a slash at its end is an empty directory; one with `->` is a link.
 */
export async function filesOf(text: string): Promise<FakeFiles> {
  const entries = text
    .trim()
    .split(/\n(?=\/)/)
    .map(entryOf)
  const files = new Tree(entries)
  for (const { path, kind, content } of entries) {
    if (kind === 'directory') await files.makeDirectory(path)
    if (kind !== 'link') continue
    await files.makeDirectory(dirname(path))
    await files.link(content, path)
  }
  return files
}

function entryOf(text: string): Entry {
  const [head = '', ...lines] = text.split('\n')
  const [path = '', sign, value = ''] = head.split(' ')
  if (sign === '->') return { path, kind: 'link', content: value }
  if (sign === '=') return { path, kind: 'bytes', content: value }
  if (path.endsWith('/')) return { path: path.slice(0, -1), kind: 'directory', content: '' }
  const content = lines.map((line) => `${line.replace(/^ *\|/, '')}\n`).join('')
  return { path, kind: 'file', content }
}

/** Files in memory are text; some of the kernel's are not. */
class Tree extends FakeFiles {
  readonly #bytes: ReadonlyMap<string, Buffer>

  constructor(entries: readonly Entry[]) {
    const files = entries.filter(({ kind }) => kind === 'file' || kind === 'bytes')
    super(Object.fromEntries(files.map(({ path, content }) => [path, content])))
    const bytes = entries.filter(({ kind }) => kind === 'bytes')
    this.#bytes = new Map(bytes.map(({ path, content }) => [path, Buffer.from(content, 'base64')]))
  }

  override async readBytes(path: string): Promise<Buffer | undefined> {
    const real = await this.realPath(path)
    return this.#bytes.get(real ?? '') ?? super.readBytes(path)
  }
}
