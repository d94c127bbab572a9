import { yamlDocument } from '../core/emit.ts'
import { type ImageMetadata, parseMetadata } from './metadata.ts'

/** What an image is to say of itself, and what its files said before. */
export interface Description {
  readonly architecture: string
  readonly properties: ImageMetadata['properties']
  readonly expiresAt?: Date | undefined
  /** The metadata.yaml that came along, where there is one; its templates stay, and what the image was before. */
  readonly text?: string | undefined
}

/** The metadata.yaml of an image that is made now. Kind `invalid` where what came along cannot be used. */
export async function describe(
  { architecture, properties, expiresAt, text }: Description,
  now: Date,
): Promise<{ readonly text: string; readonly metadata: ImageMetadata }> {
  const before = text === undefined ? undefined : await parseMetadata(text)
  const made = yamlDocument({
    architecture: before?.architecture ?? architecture,
    creation_date: Math.floor(now.getTime() / 1000),
    ...(expiresAt && { expiry_date: Math.floor(expiresAt.getTime() / 1000) }),
    properties,
    templates: Object.fromEntries(
      Object.entries(before?.templates ?? {}).map(([path, { createOnly, ...template }]) => [
        path,
        { ...template, create_only: createOnly },
      ]),
    ),
  })
  return { text: made, metadata: await parseMetadata(made) }
}
