import { open } from 'node:fs/promises'

export type ArchiveFormat = 'gzip' | 'bzip2' | 'xz' | 'lzma' | 'zstd' | 'tar' | 'squashfs' | 'qcow2'

interface Magic {
  readonly format: ArchiveFormat
  readonly at: number
  readonly bytes: readonly number[]
}

const MAGICS: readonly Magic[] = [
  { format: 'gzip', at: 0, bytes: [0x1f, 0x8b] },
  { format: 'bzip2', at: 0, bytes: [0x42, 0x5a, 0x68] },
  { format: 'xz', at: 0, bytes: [0xfd, 0x37, 0x7a, 0x58, 0x5a, 0x00] },
  { format: 'lzma', at: 0, bytes: [0x5d, 0x00, 0x00] },
  { format: 'zstd', at: 0, bytes: [0x28, 0xb5, 0x2f, 0xfd] },
  { format: 'squashfs', at: 0, bytes: [0x68, 0x73, 0x71, 0x73] },
  { format: 'qcow2', at: 0, bytes: [0x51, 0x46, 0x49, 0xfb] },
  { format: 'tar', at: 257, bytes: [0x75, 0x73, 0x74, 0x61, 0x72] },
]

const HEAD_BYTES = 262

/** Endings under which LXD hands an image out. */
export const ENDINGS: Readonly<Record<ArchiveFormat, string>> = {
  gzip: 'tar.gz',
  bzip2: 'tar.bz2',
  xz: 'tar.xz',
  lzma: 'tar.lzma',
  zstd: 'tar.zst',
  tar: 'tar',
  squashfs: 'squashfs',
  qcow2: 'qcow2',
}

/** What a file is, by its first bytes; undefined for anything that no image is made of. */
export async function formatOf(path: string): Promise<ArchiveFormat | undefined> {
  const file = await open(path)
  try {
    const { buffer, bytesRead } = await file.read(Buffer.alloc(HEAD_BYTES), 0, HEAD_BYTES, 0)
    return recognise(buffer.subarray(0, bytesRead))
  } finally {
    await file.close()
  }
}

export function recognise(head: Uint8Array): ArchiveFormat | undefined {
  return MAGICS.find(({ at, bytes }) => bytes.every((byte, index) => head[at + index] === byte))
    ?.format
}
