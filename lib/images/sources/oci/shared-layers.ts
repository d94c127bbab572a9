import { link, mkdir, rm, stat } from 'node:fs/promises'
import { errorCode } from '../../../core/errors.ts'

/**
 * Layers that several images have, kept once. Each image has links of its own to its layers, and the file system counts them: what has no
 * other link is of no use any more. So nothing needs to be written down, and two who fetch and delete at once take nothing from each other.
 */
export class SharedLayers {
  readonly #directory: string

  /** `images` is where the files of images lie. */
  constructor(images: string) {
    this.#directory = `${images}/oci/blobs/sha256`
  }

  /** Makes the layer appear at `target` too; false when nobody has it. */
  async take(digest: string, target: string): Promise<boolean> {
    return linked(this.#path(digest), target)
  }

  /** Offers an image's layer to others. A file system that cannot link keeps it for this image alone. */
  async share(digest: string, path: string): Promise<void> {
    await mkdir(this.#directory, { recursive: true, mode: 0o700 })
    await linked(path, this.#path(digest))
  }

  /** Forgets those that no image has any more. */
  async drop(digests: readonly string[]): Promise<void> {
    for (const digest of digests) {
      const path = this.#path(digest)
      const found = await stat(path).catch(() => undefined)
      if (found?.nlink === 1) await rm(path, { force: true })
    }
  }

  #path(digest: string): string {
    return `${this.#directory}/${digest.replace(/^sha256:/, '')}`
  }
}

const CANNOT = ['ENOENT', 'EEXIST', 'EMLINK', 'EPERM', 'EXDEV', 'EOPNOTSUPP']

async function linked(from: string, to: string): Promise<boolean> {
  try {
    await link(from, to)
    return true
  } catch (error) {
    if (CANNOT.includes(errorCode(error) ?? '')) return false
    throw error
  }
}
