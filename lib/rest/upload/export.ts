import { createReadStream } from 'node:fs'
import { stat } from 'node:fs/promises'
import { Readable } from 'node:stream'
import { type FormFile, multipartForm } from '../../core/multipart-form.ts'
import type { ImageType } from '../../images/contract.ts'
import type { Raw } from '../route.ts'

interface StoredFile {
  readonly path: string
  readonly name: string
}

/** A split image: its metadata and its root file system, or its disk, as two parts. */
export async function exportParts(files: readonly StoredFile[], type: ImageType): Promise<Raw> {
  const names = ['metadata', type === 'container' ? 'rootfs' : 'rootfs.img']
  const parts = files.map((file, index) => part(file, names[index] ?? ''))
  const { contentType, sizeBytes, body } = multipartForm(await Promise.all(parts))
  return {
    answer: 'raw',
    headers: { 'Content-Type': contentType, 'Content-Length': String(sizeBytes) },
    body: Readable.from(body(), { objectMode: false }),
  }
}

async function part({ path, name: filename }: StoredFile, name: string): Promise<FormFile> {
  const { size: sizeBytes } = await stat(path)
  return { name, filename, sizeBytes, content: () => createReadStream(path) }
}
