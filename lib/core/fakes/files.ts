import { basename, dirname, join, resolve } from 'node:path'
import type { Files } from '../ports.ts'

type Entry =
  | { readonly kind: 'file'; readonly text: string; readonly mode: number }
  | { readonly kind: 'directory' }
  | { readonly kind: 'link'; readonly target: string }

/** Files in memory. Refuses what the kernel refuses: writing below a directory that is not there, removing one that is not empty. */
export class FakeFiles implements Files {
  readonly #entries = new Map<string, Entry>([['/', { kind: 'directory' }]])

  constructor(files: Readonly<Record<string, string>> = {}) {
    for (const [path, text] of Object.entries(files)) {
      this.#directories(dirname(path))
      this.#entries.set(path, { kind: 'file', text, mode: 0o644 })
    }
  }

  /** Every path there is, with text for files and `-> target` for links; directories end with a slash. */
  snapshot(): Readonly<Record<string, string>> {
    const shown = [...this.#entries].map(([path, entry]): [string, string] => {
      if (entry.kind === 'directory') return [path === '/' ? path : `${path}/`, '']
      return [path, entry.kind === 'file' ? entry.text : `-> ${entry.target}`]
    })
    return Object.fromEntries(shown.sort(([a], [b]) => (a < b ? -1 : 1)))
  }

  mode(path: string): number | undefined {
    const entry = this.#entries.get(path)
    return entry?.kind === 'file' ? entry.mode : undefined
  }

  async read(path: string): Promise<string | undefined> {
    const entry = this.#entries.get((await this.realPath(path)) ?? '')
    if (entry === undefined || entry.kind === 'link') return undefined
    if (entry.kind === 'directory') throw failure('EISDIR', path)
    return entry.text
  }

  async readBytes(path: string): Promise<Buffer | undefined> {
    const text = await this.read(path)
    return text === undefined ? undefined : Buffer.from(text)
  }

  async write(
    path: string,
    text: string,
    options: { readonly mode?: number; readonly durable?: boolean } = {},
  ): Promise<void> {
    this.#parent(path)
    if (this.#entries.get(path)?.kind === 'directory') throw failure('EISDIR', path)
    this.#entries.set(path, { kind: 'file', text, mode: options.mode ?? 0o644 })
  }

  async copy(from: string, to: string, mode: number): Promise<void> {
    const text = await this.read(from)
    if (text === undefined) throw failure('ENOENT', from)
    await this.write(to, text, { mode })
  }

  async empty(path: string): Promise<boolean> {
    const entry = this.#entries.get(path)
    if (entry?.kind === 'link') return this.empty(entry.target)
    if (entry?.kind === 'directory') throw failure('EISDIR', path)
    if (entry) this.#entries.set(path, { ...entry, text: '' })
    return entry !== undefined
  }

  async makeDirectory(path: string): Promise<void> {
    this.#directories(path)
  }

  async remove(path: string): Promise<void> {
    if (this.#entries.get(path)?.kind === 'directory' && this.#below(path).length > 0)
      throw failure('ENOTEMPTY', path)
    this.#entries.delete(path)
  }

  async removeTree(path: string): Promise<void> {
    for (const name of [path, ...this.#below(path)]) this.#entries.delete(name)
  }

  async list(given: string): Promise<readonly string[]> {
    const path = (await this.realPath(given)) ?? given
    const names = this.#below(path).map((name) => name.slice(path === '/' ? 1 : path.length + 1))
    return names.filter((name) => name !== '' && !name.includes('/')).sort()
  }

  async exists(path: string): Promise<boolean> {
    if (this.#entries.has(path)) return true
    const parent = await this.realPath(dirname(path))
    return parent !== undefined && this.#entries.has(join(parent, basename(path)))
  }

  async realPath(path: string): Promise<string | undefined> {
    const entry = this.#entries.get(path)
    if (entry && entry.kind !== 'link') return path
    if (path === '/') return undefined
    const parent = await this.realPath(dirname(path))
    if (parent === undefined) return undefined
    const own = join(parent, basename(path))
    const found = this.#entries.get(own)
    return found?.kind === 'link' ? this.realPath(resolve(parent, found.target)) : found && own
  }

  async link(target: string, path: string): Promise<void> {
    this.#parent(path)
    this.#entries.set(path, { kind: 'link', target })
  }

  async rename(from: string, to: string): Promise<void> {
    const entry = this.#entries.get(from)
    if (!entry) throw failure('ENOENT', from)
    this.#parent(to)
    const moved = this.#below(from).map((path): [string, Entry | undefined] => [
      path,
      this.#entries.get(path),
    ])
    this.#entries.set(to, entry)
    for (const [path, below] of moved) {
      if (below) this.#entries.set(`${to}${path.slice(from.length)}`, below)
    }
    await this.removeTree(from)
  }

  #below(path: string): readonly string[] {
    const start = path === '/' ? '/' : `${path}/`
    return [...this.#entries.keys()].filter((name) => name.startsWith(start) && name !== path)
  }

  #parent(path: string): void {
    if (this.#entries.get(dirname(path))?.kind !== 'directory') throw failure('ENOENT', path)
  }

  #directories(path: string): void {
    const entry = this.#entries.get(path)
    if (entry?.kind === 'directory') return
    if (entry) throw failure('ENOTDIR', path)
    this.#directories(dirname(path))
    this.#entries.set(path, { kind: 'directory' })
  }
}

function failure(code: string, path: string): Error {
  return Object.assign(new Error(`${code}: ${path}`), { code, path })
}
