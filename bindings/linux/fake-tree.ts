import { systemFailure } from './fake-arguments.ts'
import { LINUX_CONSTANTS } from './fake-constants.ts'

export interface FakeFile {
  readonly kind: 'file'
  bytes: Buffer
}

export interface FakeDirectory {
  readonly kind: 'directory'
  readonly entries: Map<string, FakeNode>
}

export type FakeNode = FakeFile | FakeDirectory | { readonly kind: 'link'; readonly target: string }

export interface FakeMount {
  readonly source: string
  readonly target: string
  readonly root: FakeNode
  /** What it hides. */
  readonly over: FakeNode
}

/** A way from the root to a place, over the mounts that were crossed. Never empty. */
export type Trail = readonly Step[]

interface Step {
  readonly node: FakeNode
  readonly mount: FakeMount | undefined
}

/** Where a path leads: to a place, or to a name that is free in a directory. */
export interface Found {
  readonly trail: Trail
  readonly free?: string
}

/** How a path is walked. */
export interface Walk {
  readonly syscall: string
  readonly resolve: number
  /** Whether a link at the end is the place itself. */
  readonly keepLink: boolean
}

const { RESOLVE_BENEATH, RESOLVE_IN_ROOT, RESOLVE_NO_SYMLINKS, RESOLVE_NO_XDEV } = LINUX_CONSTANTS
const MOST_LINKS = 40
const LONGEST_NAME = 255

/** Directories, files and links in memory, with mounts over them. */
export class FakeTree {
  readonly root: Trail = [{ node: directory(), mount: undefined }]
  readonly mounts: FakeMount[] = []

  /** Walks as the kernel does, from a directory. */
  find(from: Trail, path: string, walk: Walk): Found {
    return new Walker(this, { from, path, walk }).find()
  }

  /** The place itself, or what is mounted over it last. */
  enter(step: Step): Step {
    const mount = this.mounts.findLast(({ over }) => over === step.node)
    return mount ? this.enter({ node: mount.root, mount }) : step
  }
}

export function directory(): FakeDirectory {
  return { kind: 'directory', entries: new Map() }
}

export function last(trail: Trail): Step {
  const step = trail.at(-1)
  if (step === undefined) throw new Error('a trail is never empty')
  return step
}

interface Errand {
  readonly from: Trail
  readonly path: string
  readonly walk: Walk
}

class Walker {
  readonly #tree: FakeTree
  readonly #errand: Errand
  #trail: Trail
  #rest: string[]
  #links = 0

  constructor(tree: FakeTree, errand: Errand) {
    this.#tree = tree
    this.#errand = errand
    this.#trail = errand.from
    this.#rest = []
  }

  find(): Found {
    if (this.#errand.path === '') throw this.#refusal('ENOENT')
    this.#follow(this.#errand.path)
    for (let name = this.#rest.shift(); name !== undefined; name = this.#rest.shift()) {
      const free = this.#step(name)
      if (free !== undefined) return { trail: this.#trail, free }
    }
    return { trail: this.#trail }
  }

  /** Puts a path, the whole one or that of a link, before what is left. */
  #follow(path: string): void {
    this.#rest = [...path.split('/').filter((name) => name !== '' && name !== '.'), ...this.#rest]
    if (!path.startsWith('/')) return
    if (this.#has(RESOLVE_BENEATH)) throw this.#refusal('EXDEV')
    this.#trail = this.#has(RESOLVE_IN_ROOT) ? this.#errand.from : this.#tree.root
  }

  /** One name further; returns it when it is the last one and free. */
  #step(name: string): string | undefined {
    const { node } = last(this.#trail)
    if (node.kind !== 'directory') throw this.#refusal('ENOTDIR')
    if (name === '..') return this.#up()
    if (Buffer.byteLength(name) > LONGEST_NAME) throw this.#refusal('ENAMETOOLONG')
    const child = node.entries.get(name)
    if (child?.kind === 'link' && !(this.#errand.walk.keepLink && this.#rest.length === 0))
      return this.#link(child.target)
    if (child) return this.#down(child)
    if (this.#rest.length > 0) throw this.#refusal('ENOENT')
    return name
  }

  #up(): undefined {
    const floor = this.#has(RESOLVE_BENEATH | RESOLVE_IN_ROOT) ? this.#errand.from.length : 1
    if (this.#trail.length > floor) this.#trail = this.#trail.slice(0, -1)
    else if (this.#has(RESOLVE_BENEATH)) throw this.#refusal('EXDEV')
  }

  #down(child: FakeNode): undefined {
    const { mount } = last(this.#trail)
    const step = this.#tree.enter({ node: child, mount })
    if (step.node !== child && this.#has(RESOLVE_NO_XDEV)) throw this.#refusal('EXDEV')
    this.#trail = [...this.#trail, step]
  }

  #link(target: string): undefined {
    this.#links += 1
    if (this.#has(RESOLVE_NO_SYMLINKS) || this.#links > MOST_LINKS) throw this.#refusal('ELOOP')
    this.#follow(target)
  }

  #has(bits: number): boolean {
    return (this.#errand.walk.resolve & bits) !== 0
  }

  #refusal(code: string): Error {
    return systemFailure(code, this.#errand.walk.syscall, this.#errand.path)
  }
}
