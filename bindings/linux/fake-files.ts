import { bits, object, systemFailure, text } from './fake-arguments.ts'
import { LINUX_CONSTANTS } from './fake-constants.ts'
import type { FakeDescriptors, Opened } from './fake-descriptors.ts'
import {
  directory,
  type FakeFile,
  type FakeNode,
  type FakeTree,
  type Found,
  last,
  type Trail,
} from './fake-tree.ts'
import type { MountCall, OpenHow } from './native.ts'

const { O_WRONLY, O_RDWR, O_CREAT, O_EXCL, O_TRUNC, O_APPEND, O_NOFOLLOW } = LINUX_CONSTANTS
const { O_DIRECTORY, O_PATH, MS_BIND, MS_REMOUNT } = LINUX_CONSTANTS
/** Stands for the directory that a process works in, here the root. */
const AT_FDCWD = -100
const KNOWN_RESOLVE = 0b11111

/** Opening and mounting in a tree in memory. */
export class FakeFiles {
  readonly #tree: FakeTree
  readonly #descriptors: FakeDescriptors

  constructor(tree: FakeTree, descriptors: FakeDescriptors) {
    this.#tree = tree
    this.#descriptors = descriptors
  }

  open(dirfd: number, path: string, how: OpenHow): number {
    const flags = bits(object(how, 'how').flags, 'flags')
    const resolve = bits(how.resolve ?? 0, 'resolve')
    const mode = bits(how.mode ?? 0, 'mode')
    if (resolve & ~KNOWN_RESOLVE || (mode !== 0 && !(flags & O_CREAT)))
      throw systemFailure('EINVAL', 'openat2', path)
    const keepLink = (flags & O_NOFOLLOW) !== 0 || hasAll(flags, O_CREAT | O_EXCL)
    const walk = { syscall: 'openat2', resolve, keepLink }
    const found = this.#tree.find(this.#start(dirfd), text(path, 'path'), walk)
    return this.#descriptors.add(opened(found, flags, path))
  }

  /** Adds a file (its text), a directory (`name/`) or a link (`-> target`), and the directories above it. */
  put(path: string, content: string): void {
    const names = path.split('/').filter((name) => name !== '')
    const name = path.endsWith('/') ? '' : (names.pop() ?? '')
    let place = last(this.#tree.root).node
    for (const each of names) {
      if (place.kind !== 'directory') throw systemFailure('ENOTDIR', 'put', path)
      const next = place.entries.get(each) ?? directory()
      place.entries.set(each, next)
      place = next
    }
    if (place.kind === 'directory' && name !== '') place.entries.set(name, leaf(content))
  }

  exists(path: string): boolean {
    try {
      return this.#at(path, 'stat').free === undefined
    } catch {
      return false
    }
  }

  mount({ source, target, flags }: MountCall): void {
    const at = last(this.#there(target, 'mount'))
    if (flags & MS_REMOUNT) {
      if (at.mount?.root !== at.node) throw systemFailure('EINVAL', 'mount', target)
      return
    }
    const root = flags & MS_BIND ? last(this.#there(source, 'mount', target)).node : directory()
    this.#tree.mounts.push({ source, target, root, over: at.node })
  }

  unmount(target: string, options: { readonly detach?: boolean } = {}): void {
    const { node, mount } = last(this.#there(target, 'umount2'))
    if (mount === undefined || mount.root !== node) throw systemFailure('EINVAL', 'umount2', target)
    const used = this.#descriptors.opened.some(
      (one) => 'trail' in one && one.trail.some((step) => step.mount === mount),
    )
    if (used && !options.detach) throw systemFailure('EBUSY', 'umount2', target)
    this.#tree.mounts.splice(this.#tree.mounts.indexOf(mount), 1)
  }

  #start(dirfd: number): Trail {
    if (dirfd === AT_FDCWD) return this.#tree.root
    const place = this.#descriptors.get(dirfd, 'openat2')
    if (place.kind !== 'place') throw systemFailure('ENOTDIR', 'openat2')
    return place.trail
  }

  #at(path: string, syscall: string): Found {
    return this.#tree.find(this.#tree.root, path, { syscall, resolve: 0, keepLink: false })
  }

  #there(path: string, syscall: string, blame = path): Trail {
    const found = this.#at(path, syscall)
    if (found.free !== undefined) throw systemFailure('ENOENT', syscall, blame)
    return found.trail
  }
}

function hasAll(flags: number, wanted: number): boolean {
  return (flags & wanted) === wanted
}

function leaf(content: string) {
  if (content.startsWith('-> ')) return { kind: 'link', target: content.slice(3) } as const
  return { kind: 'file', bytes: Buffer.from(content) } satisfies FakeFile
}

function opened({ trail, free }: Found, flags: number, path: string): Opened {
  const append = (flags & O_APPEND) !== 0
  if (free !== undefined && flags & O_CREAT)
    return { kind: 'file', trail, append, file: made(trail, free) }
  const { node } = last(trail)
  const refusal = free === undefined ? refusalOf(node, flags) : 'ENOENT'
  if (refusal !== undefined) throw systemFailure(refusal, 'openat2', path)
  if (node.kind !== 'file' || flags & O_PATH) return { kind: 'place', trail }
  if (flags & O_TRUNC) node.bytes = Buffer.alloc(0)
  return { kind: 'file', file: node, trail, append }
}

function refusalOf({ kind }: FakeNode, flags: number): string | undefined {
  if (hasAll(flags, O_CREAT | O_EXCL)) return 'EEXIST'
  if (kind === 'link' && !(flags & O_PATH)) return 'ELOOP'
  if (flags & O_DIRECTORY && kind !== 'directory') return 'ENOTDIR'
  return kind === 'directory' && flags & (O_WRONLY | O_RDWR | O_CREAT) ? 'EISDIR' : undefined
}

function made(trail: Trail, name: string): FakeFile {
  const file: FakeFile = { kind: 'file', bytes: Buffer.alloc(0) }
  const { node } = last(trail)
  if (node.kind === 'directory') node.entries.set(name, file)
  return file
}
