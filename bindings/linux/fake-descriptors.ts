import { systemFailure } from './fake-arguments.ts'
import type { FakeProcess } from './fake-processes.ts'
import type { FakeSocket } from './fake-socket.ts'
import type { FakeFile, Trail } from './fake-tree.ts'

/** What a descriptor is open on. */
export type Opened =
  | {
      readonly kind: 'file'
      readonly file: FakeFile
      readonly trail: Trail
      readonly append: boolean
    }
  | { readonly kind: 'place'; readonly trail: Trail }
  | { readonly kind: 'output' | 'input'; readonly pipe: { bytes: Buffer } }
  | { readonly kind: 'socket'; readonly socket: FakeSocket<Description> }
  | { readonly kind: 'terminal'; size: { readonly columns: number; readonly rows: number } }
  | { readonly kind: 'process'; readonly process: FakeProcess }

/** An open description: shared by the descriptors that were made from one another, wherever they are. */
export interface Description {
  readonly opened: Opened
  offset: number
  holders: number
}

/** Far above what a process may open, so that none is ever taken for a real one. */
const FIRST = 2 ** 24

/** The descriptors of one fake process. */
export class FakeDescriptors {
  readonly #open = new Map<number, Description>()
  #next = FIRST

  get numbers(): readonly number[] {
    return [...this.#open.keys()]
  }

  get opened(): readonly Opened[] {
    return [...this.#open.values()].map(({ opened }) => opened)
  }

  add(opened: Opened): number {
    return this.install({ opened, offset: 0, holders: 1 })
  }

  /** Gives a description that is held already a number. */
  install(description: Description): number {
    this.#next += 1
    this.#open.set(this.#next, description)
    return this.#next
  }

  /** Holds what is open, for another descriptor or for a message under way. */
  hold(fd: number, syscall: string): Description {
    const description = this.description(fd, syscall)
    description.holders += 1
    return description
  }

  description(fd: number, syscall: string): Description {
    const description = this.#open.get(fd)
    if (description === undefined) throw systemFailure('EBADF', syscall)
    return description
  }

  get(fd: number, syscall: string): Opened {
    return this.description(fd, syscall).opened
  }

  close(fd: number): void {
    const description = this.description(fd, 'close')
    this.#open.delete(fd)
    letGo(description)
  }
}

/** The last holder of a socket's end closes it. */
export function letGo(description: Description): void {
  description.holders -= 1
  if (description.holders === 0 && description.opened.kind === 'socket')
    description.opened.socket.close()
}
