import { execFileSync } from 'node:child_process'
import type { HostileImage, ImageFiles } from './image-file.ts'

export interface Codec {
  readonly name: string
  compress(content: Buffer): Buffer
  /** Whether what comes in several parts, one after the other, is one whole to it. */
  readonly hasParts: boolean
  /** What behind its last part makes it refuse all of it. Anything else there is left out, and part of nothing. */
  readonly refuses: readonly ('text' | 'zeros')[]
}

/** Everything that a tar of an image may be compressed by. */
export const CODECS: readonly Codec[] = [
  codec('gzip', 'gzip -1'),
  codec('bzip2', 'bzip2 -1'),
  { ...codec('xz', 'xz -0'), refuses: ['text'] },
  { ...codec('lzma', 'xz --format=lzma -0'), hasParts: false },
  { ...codec('zstd', 'zstd -q --check'), refuses: ['text', 'zeros'] },
]

function codec(name: string, command: string): Codec {
  const [program = '', ...argv] = command.split(' ')
  const compress = (input: Buffer): Buffer =>
    execFileSync(program, [...argv, '-c'], { input, maxBuffer: 1024 ** 3 })
  return { name, compress, hasParts: true, refuses: [] }
}

/** Those of the images that are tars, as they are when they come compressed. */
export function compressed<T extends Pick<HostileImage, 'files'>>(
  image: T,
  { compress }: Codec,
): T {
  const [metadata, rootfs] = image.files
  const files: ImageFiles =
    rootfs === undefined ? [compress(metadata)] : [compress(metadata), compress(rootfs)]
  return { ...image, files }
}
