import { closeSync, mkdtempSync, openSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, posix } from 'node:path'
import type { FileReply, FileRequest, FileStat, FileType } from './native.ts'
import { failure } from './wire.ts'

interface Node {
  readonly type: FileType
  mode: number
  uid: number
  gid: number
  /** Where the content of a file is kept. */
  readonly store?: string
  readonly target?: string
}

type Op<K extends FileRequest['op']> = FileRequest & { readonly op: K }

/**
 * A tree of names in memory; only the content of files lies on the disk, so that `open` can give a real descriptor.
 * Links are followed where they are the last component, nowhere else, and permissions are not checked.
 */
export class FakeTree {
  readonly #nodes = new Map<string, Node>([
    ['/', { type: 'directory', mode: 0o755, uid: 0, gid: 0 }],
  ])
  readonly #directory = mkdtempSync(join(tmpdir(), 'lxworks-fake-'))
  #stored = 0

  remove(): void {
    rmSync(this.#directory, { recursive: true, force: true })
  }

  serve(request: FileRequest): FileReply {
    switch (request.op) {
      case 'open':
        return this.#open(request)
      case 'stat':
        return { stat: this.#stat(this.#existing(resolved(request.path))) }
      case 'readlink':
        return this.#readlink(request.path)
      case 'list':
        return this.#list(request.path)
      case 'remove':
      case 'removeAll':
        return this.#remove(request)
      case 'mkdir':
        return this.#add(request.path, { type: 'directory', ...owned(request, 0o755) })
      case 'symlink':
        return this.#link(request)
      case 'setattr':
        return this.#setattr(request)
    }
  }

  #open(request: Op<'open'>): FileReply {
    const path = this.#follow(resolved(request.path))
    if (!this.#nodes.has(path) && request.access !== 'read') this.#create(path, request)
    const node = this.#existing(path)
    if (node.type === 'directory') throw failure('EISDIR', `${path} is a directory`)
    if (node.store === undefined) throw failure('EOPNOTSUPP', `${path} is a ${node.type}`)
    const flags = { read: 'r', write: 'w', append: 'a' }[request.access]
    return { fd: openSync(node.store, flags), stat: this.#stat(node) }
  }

  #create(path: string, attributes: Attributes): void {
    this.#stored += 1
    const store = join(this.#directory, String(this.#stored))
    closeSync(openSync(store, 'wx'))
    this.#add(path, { type: 'file', store, ...owned(attributes, 0o644) })
  }

  #add(path: string, node: Node): FileReply {
    const place = resolved(path)
    if (this.#nodes.has(place)) throw failure('EEXIST', `${place} exists`)
    if (this.#existing(this.#follow(parent(place))).type !== 'directory')
      throw failure('ENOTDIR', `${parent(place)} is not a directory`)
    this.#nodes.set(place, node)
    return {}
  }

  #link({ path, target, ...owner }: Op<'symlink'>): FileReply {
    return this.#add(path, { type: 'symlink', target, ...owned(owner, 0o777) })
  }

  #readlink(path: string): FileReply {
    const { target } = this.#existing(resolved(path))
    if (target === undefined) throw failure('EINVAL', `${path} is not a link`)
    return { target }
  }

  #list(path: string): FileReply {
    const directory = this.#follow(resolved(path))
    if (this.#existing(directory).type !== 'directory')
      throw failure('ENOTDIR', `${directory} is not a directory`)
    const entries = [...this.#nodes]
      .filter(([place]) => place !== '/' && parent(place) === directory)
      .map(([place, node]) => ({ name: place.slice(place.lastIndexOf('/') + 1), type: node.type }))
    return { entries: entries.sort((a, b) => (a.name < b.name ? -1 : 1)) }
  }

  #remove(request: FileRequest): FileReply {
    const path = resolved(request.path)
    this.#existing(path)
    const below = [...this.#nodes.keys()].filter((place) => place.startsWith(`${path}/`))
    if (request.op === 'remove' && below.length > 0)
      throw failure('ENOTEMPTY', `${path} is not empty`)
    for (const place of [path, ...below]) this.#nodes.delete(place)
    return {}
  }

  #setattr(request: Attributes & { readonly path: string }): FileReply {
    const node = this.#existing(this.#follow(resolved(request.path)))
    node.mode = request.mode ?? node.mode
    node.uid = request.uid ?? node.uid
    node.gid = request.gid ?? node.gid
    return {}
  }

  #existing(path: string): Node {
    const node = this.#nodes.get(path)
    if (node === undefined) throw failure('ENOENT', `${path} does not exist`)
    return node
  }

  #follow(path: string, links = 0): string {
    const target = this.#nodes.get(path)?.target
    if (target === undefined) return path
    if (links === 40) throw failure('ELOOP', `${path} leads through too many links`)
    return this.#follow(resolved(target, parent(path)), links + 1)
  }

  #stat({ type, mode, uid, gid, store }: Node): FileStat {
    const facts = store === undefined ? undefined : statSync(store)
    const sizes = { sizeBytes: facts?.size ?? 0, modifiedMs: facts?.mtimeMs ?? 0 }
    return { type, mode, uid, gid, ...sizes }
  }
}

interface Attributes {
  readonly mode?: number
  readonly uid?: number
  readonly gid?: number
}

function owned({ mode, uid = 0, gid = 0 }: Attributes, defaultMode: number) {
  return { mode: mode ?? defaultMode, uid, gid }
}

function parent(path: string): string {
  return posix.dirname(path)
}

/** Absolute, without `.` and `..`, and never above the root. */
function resolved(path: string, from = '/'): string {
  return posix.resolve('/', from, path)
}
