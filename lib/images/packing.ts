import { createHash } from 'node:crypto'
import { type FileHandle, open, rm } from 'node:fs/promises'
import { cancelled, type Walking } from '../core/cancel.ts'
import { type Compression, parseCompression } from '../core/compression.ts'
import { errorCode, errorMessage, isLxworksError, LxworksError } from '../core/errors.ts'
import type { PublishRequest } from './contract.ts'
import { notStored } from './file-refusals.ts'
import type { Archives } from './inspect.ts'
import { type StagedImage, temporaryName } from './store.ts'

/** Where trees are packed to, and by what. */
interface Packing {
  readonly archives: Archives
  readonly directory: string
}

/** A tree, and what the image that it becomes says of itself. */
export interface Tree extends Pick<PublishRequest, 'directory' | 'idmap' | 'compression'> {
  readonly text: string
}

/** A tree as an image under a temporary name in the store: written once, and read for its name while it is written. */
export async function pack(
  tree: Tree,
  { archives, directory }: Packing,
  walking: Walking,
): Promise<StagedImage> {
  const compression = parseCompression(tree.compression)
  const metadataPath = await temporaryName(directory)
  try {
    const out = await open(metadataPath, 'wx+', 0o600)
    try {
      const description = await textFile(tree.text, directory)
      const task = { tree, compression, out, description }
      const found = await packInto(task, archives, walking).finally(() => description.close())
      return { ...found, metadataPath, rootfsPath: undefined }
    } finally {
      await out.close()
    }
  } catch (error) {
    await rm(metadataPath, { force: true })
    throw failure(error, tree, walking)
  }
}

/** A file that nobody finds by a name. */
async function textFile(text: string, directory: string): Promise<FileHandle> {
  const path = await temporaryName(directory)
  const file = await open(path, 'wx+', 0o600)
  await rm(path)
  await file.write(text, 0)
  return file
}

interface Task {
  readonly tree: Tree
  readonly compression: Compression
  readonly out: FileHandle
  readonly description: FileHandle
}

async function packInto(
  { tree, compression, out, description }: Task,
  archives: Archives,
  { signal, progress }: Walking,
): Promise<Pick<StagedImage, 'fingerprint' | 'sizeBytes'>> {
  const following = new Following(out)
  const { directory: source, idmap } = tree
  await archives.pack(
    {
      ...{ source, outFd: out.fd, metadataFd: description.fd, compression },
      ...{ only: ['rootfs', 'templates'], ...(idmap && { idmap }) },
    },
    {
      ...(signal && { signal }),
      progress: (doneBytes) => {
        progress?.({ step: 'pack', doneBytes })
        // The beginning of a squashfs is written last.
        if (compression.algorithm !== 'squashfs') following.stir()
      },
    },
  )
  return following.end()
}

const CHUNK_BYTES = 1024 * 1024

/** Hashes a file that grows, as far as it has grown. */
class Following {
  readonly #file: FileHandle
  readonly #hash = createHash('sha256')
  readonly #buffer = Buffer.allocUnsafe(CHUNK_BYTES)
  #doneBytes = 0
  #reading: Promise<void> | undefined

  constructor(file: FileHandle) {
    this.#file = file
  }

  /** Reads on in the background, unless it does so already. */
  stir(): void {
    this.#reading ??= this.#read().finally(() => {
      this.#reading = undefined
    })
    // What is wrong with the file shows again at the end.
    this.#reading.catch(() => undefined)
  }

  async end(): Promise<Pick<StagedImage, 'fingerprint' | 'sizeBytes'>> {
    await this.#reading?.catch(() => undefined)
    await this.#read()
    return { fingerprint: this.#hash.digest('hex'), sizeBytes: this.#doneBytes }
  }

  async #read(): Promise<void> {
    for (;;) {
      const { bytesRead } = await this.#file.read(this.#buffer, 0, CHUNK_BYTES, this.#doneBytes)
      if (bytesRead === 0) return
      this.#hash.update(this.#buffer.subarray(0, bytesRead))
      this.#doneBytes += bytesRead
    }
  }
}

function failure(error: unknown, { directory }: Tree, { signal }: Walking): unknown {
  if (signal?.aborted) return cancelled(signal.reason)
  if (isLxworksError(error)) return error
  const code = errorCode(error)
  if (code === 'ENOSPC' || code === 'EDQUOT') return notStored(directory, error)
  const isInUse = code === 'EBUSY'
  return new LxworksError(`The tree could not be packed: ${errorMessage(error)}`, {
    kind: isInUse ? 'busy' : 'internal',
    code: 'IMAGE_NOT_PACKED',
    cause: error,
  })
}
