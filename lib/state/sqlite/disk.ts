import { type FileHandle, open } from 'node:fs/promises'

/** Where the changes of a database wait until they are on the disk. */
export interface Disk {
  /** Resolves when everything committed before the call is on the disk. Calls that come while one is under way share the next. */
  sync(): Promise<void>
  close(): Promise<void>
}

/** The log that SQLite appends commits to. It stays one file for as long as a connection is open. */
export function walOf(path: string): Disk {
  return new SharedSync(`${path}-wal`)
}

/** What is in memory only has no disk to wait for. */
export const NO_DISK: Disk = { sync: async () => undefined, close: async () => undefined }

class SharedSync implements Disk {
  readonly #path: string
  /** SQLite's locks are on other files, so closing this one at the end drops none of them. */
  #file: Promise<FileHandle> | undefined
  #running: Promise<void> = Promise.resolve()
  #next: Promise<void> | undefined

  constructor(path: string) {
    this.#path = path
  }

  sync(): Promise<void> {
    this.#next ??= this.#running.then(() => this.#start())
    return this.#next
  }

  async close(): Promise<void> {
    await this.#next?.catch(() => undefined)
    await this.#running
    const file = await this.#file?.catch(() => undefined)
    await file?.close()
  }

  #start(): Promise<void> {
    this.#next = undefined
    const mine = this.#once()
    this.#running = mine.catch(() => undefined)
    return mine
  }

  async #once(): Promise<void> {
    this.#file ??= open(this.#path, 'r')
    await (await this.#file).datasync()
  }
}
