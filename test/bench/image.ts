import { createHash } from 'node:crypto'
import { mkdir, readFile } from 'node:fs/promises'
import { buildBusyboxImage } from '../../examples/busybox-image.ts'

export interface BenchImage {
  readonly path: string
  /** SHA-256 of the file, which is what LXD names an image by. */
  readonly fingerprint: string
}

/** One unified tarball of busybox for both servers. */
export async function buildImage(directory: string): Promise<BenchImage> {
  await mkdir(directory)
  const { unified: path } = await buildBusyboxImage(directory)
  const fingerprint = createHash('sha256')
    .update(await readFile(path))
    .digest('hex')
  return { path, fingerprint }
}
