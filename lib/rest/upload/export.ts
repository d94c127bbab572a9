import { randomBytes } from 'node:crypto'
import { createReadStream } from 'node:fs'
import { Readable } from 'node:stream'
import type { ImageType } from '../../images/contract.ts'
import type { Raw } from '../route.ts'

interface StoredFile {
  readonly path: string
  readonly name: string
}

/** A split image: its metadata and its root file system, or its disk, as two parts. */
export function exportParts(files: readonly StoredFile[], type: ImageType): Raw {
  const boundary = randomBytes(30).toString('hex')
  return {
    answer: 'raw',
    headers: { 'Content-Type': `multipart/form-data; boundary=${boundary}` },
    body: Readable.from(parts(files, [boundary, type === 'container' ? 'rootfs' : 'rootfs.img']), {
      objectMode: false,
    }),
  }
}

async function* parts(
  files: readonly StoredFile[],
  [boundary, second]: readonly [boundary: string, second: string],
): AsyncGenerator<Buffer> {
  for (const [index, { path, name }] of files.entries()) {
    const field = index === 0 ? 'metadata' : second
    const lines = [
      `${index === 0 ? '' : '\r\n'}--${boundary}`,
      `Content-Disposition: form-data; name="${field}"; filename="${name}"`,
      'Content-Type: application/octet-stream',
      '',
      '',
    ]
    yield Buffer.from(lines.join('\r\n'))
    yield* createReadStream(path) as AsyncIterable<Buffer>
  }
  yield Buffer.from(`\r\n--${boundary}--\r\n`)
}
