import { type FileHandle, open } from 'node:fs/promises'
import type { Cancellable } from '../../core/cancel.ts'

/** Writes what comes into a new file and says how much it was. What comes while a write goes on waits for the next, so that neither the client nor the disk does. */
export async function store(
  source: AsyncIterable<Buffer>,
  path: string,
  { signal }: Cancellable,
): Promise<number> {
  const file = await open(path, 'wx', 0o600)
  const writer = new Writer(file)
  let sizeBytes = 0
  try {
    for await (const chunk of source) {
      signal?.throwIfAborted()
      sizeBytes += chunk.length
      await writer.write(chunk)
    }
    await writer.flush()
  } finally {
    await writer.idle()
    await file.close()
  }
  return sizeBytes
}

const AHEAD_BYTES = 1024 * 1024

class Writer {
  readonly #file: FileHandle
  #waiting: Buffer[] = []
  #waitingBytes = 0
  #writing: Promise<void> = Promise.resolve()

  constructor(file: FileHandle) {
    this.#file = file
  }

  /** Rejects with what went wrong with an earlier chunk. */
  async write(chunk: Buffer): Promise<void> {
    this.#waiting.push(chunk)
    this.#waitingBytes += chunk.length
    if (this.#waitingBytes >= AHEAD_BYTES) await this.#begin()
  }

  async flush(): Promise<void> {
    await this.#begin()
    await this.#writing
  }

  /** Resolves when the file is not being written, whatever came of it. */
  async idle(): Promise<void> {
    await this.#writing.catch(() => undefined)
  }

  async #begin(): Promise<void> {
    await this.#writing
    const all = Buffer.concat(this.#waiting)
    this.#waiting = []
    this.#waitingBytes = 0
    this.#writing = this.#file.writeFile(all)
    // Whoever writes next is told.
    this.#writing.catch(() => undefined)
  }
}
