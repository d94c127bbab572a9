import { randomBytes } from 'node:crypto'

/** A file that is sent as a part of a body. */
export interface FormFile {
  readonly name: string
  /** Without quotes and line ends. */
  readonly filename: string
  readonly sizeBytes: number
  readonly content: () => AsyncIterable<Buffer>
}

/** A multipart body whose size is known before it is read. */
export interface Form {
  readonly contentType: string
  readonly sizeBytes: number
  readonly body: () => AsyncIterable<Buffer>
}

/** What `multipart` takes apart. */
export function multipartForm(files: readonly FormFile[]): Form {
  const boundary = randomBytes(30).toString('hex')
  const heads = files.map((file, index) => headOf(file, { boundary, isFirst: index === 0 }))
  const tail = Buffer.from(`\r\n--${boundary}--\r\n`)
  const sizes = [...heads.map(({ length }) => length), ...files.map(({ sizeBytes }) => sizeBytes)]
  return {
    contentType: `multipart/form-data; boundary=${boundary}`,
    sizeBytes: sizes.reduce((sum, size) => sum + size, tail.length),
    body: async function* () {
      for (const [index, { content }] of files.entries()) {
        yield heads[index] ?? tail
        yield* content()
      }
      yield tail
    },
  }
}

function headOf(
  { name, filename }: FormFile,
  { boundary, isFirst }: { readonly boundary: string; readonly isFirst: boolean },
): Buffer {
  const lines = [
    `${isFirst ? '' : '\r\n'}--${boundary}`,
    `Content-Disposition: form-data; name="${name}"; filename="${filename}"`,
    'Content-Type: application/octet-stream',
    '',
    '',
  ]
  return Buffer.from(lines.join('\r\n'))
}
