import { safeName } from '../../core/confined.ts'
import { errorCode, LxworksError } from '../../core/errors.ts'
import type { ImageMetadata, Images } from '../../images/contract.ts'
import { TEMPLATE_BOUNDS } from './budget.ts'

/** What of the confined paths is needed to read what an image brought. */
export interface Reading {
  openRead(root: string, path: string): Promise<OpenFile>
}

/** The part of a handle of Node's that is used. */
interface OpenFile {
  stat(): Promise<{ readonly size: number }>
  read(buffer: Buffer, offset: number, length: number): Promise<{ readonly bytesRead: number }>
  close(): Promise<void>
}

/** What the image said of itself, as it lies in an instance's volume; undefined where there is nothing. */
export async function readMetadata(
  volume: string,
  { confined, images }: { readonly confined: Reading; readonly images: MetadataReader },
): Promise<ImageMetadata | undefined> {
  const text = await readMetadataText(volume, confined)
  return text === undefined ? undefined : images.parseMetadata(text)
}

export type MetadataReader = Pick<Images, 'parseMetadata'>

/** By the files that they make. A document that cannot name any is not parsed. */
export async function readTemplateList(
  volume: string,
  { confined, images }: { readonly confined: Reading; readonly images: MetadataReader },
): Promise<ImageMetadata['templates']> {
  const text = await readMetadataText(volume, confined)
  // A key may be written with escapes.
  if (text === undefined || !/templates|\\/.test(text)) return {}
  return (await images.parseMetadata(text)).templates
}

/** The text of a template. Kind `notFound` when the image has none of the name. */
export async function readTemplate(
  volume: string,
  name: string,
  confined: Reading,
): Promise<string> {
  const parts = name.split('/').map((part) => safeName(part, 'template'))
  const path = ['templates', ...parts].join('/')
  const found = await readBounded({ volume, path, most: TEMPLATE_BOUNDS.sourceBytes }, confined)
  if (found !== undefined) return found
  throw noTemplate(name)
}

export function noTemplate(name: string): LxworksError {
  return new LxworksError(
    `there is no template ${JSON.stringify(name)}; list the templates to see what there is`,
    { kind: 'notFound', code: 'INSTANCE_TEMPLATE_NOT_FOUND', context: { template: name } },
  )
}

/** More than any document that is taken. */
const METADATA_BYTES = 256 * 1024

function readMetadataText(volume: string, confined: Reading): Promise<string | undefined> {
  return readBounded({ volume, path: 'metadata.yaml', most: METADATA_BYTES }, confined)
}

interface Bounded {
  readonly volume: string
  readonly path: string
  readonly most: number
}

async function readBounded(
  { volume, path, most }: Bounded,
  confined: Reading,
): Promise<string | undefined> {
  const file = await confined.openRead(volume, path).catch((error: unknown) => {
    if (errorCode(error) === 'CORE_PATH_NOT_FOUND') return undefined
    throw error
  })
  try {
    return file && (await textOf(file, most))
  } finally {
    await file?.close()
  }
}

/** One byte more than the most is read, so that whoever looks at the text refuses it. */
async function textOf(file: OpenFile, most: number): Promise<string> {
  const buffer = Buffer.alloc(Math.min((await file.stat()).size, most) + 1)
  let length = 0
  for (;;) {
    const { bytesRead } = await file.read(buffer, length, buffer.length - length)
    length += bytesRead
    if (bytesRead === 0 || length === buffer.length) return buffer.toString('utf8', 0, length)
  }
}
