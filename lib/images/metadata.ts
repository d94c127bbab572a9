import type { ParseOptions, SchemaOptions, YAMLParseError } from 'yaml'
import type { z } from 'zod'
import type { RawConfig } from '../core/config.ts'
import { errorMessage, isLxworksError, type LxworksError } from '../core/errors.ts'
import { kernelName } from './architectures.ts'
import { type ImageTemplate, metadataDocument } from './metadata-document.ts'
import { badMetadata } from './refusals.ts'

/** What an image says of itself. Everything that may be absent is present here, empty. */
export interface ImageMetadata {
  readonly architecture: string
  readonly createdAt: Date
  readonly expiresAt: Date | undefined
  readonly properties: RawConfig
  /** By the path in the instance that each is rendered to. */
  readonly templates: Readonly<Record<string, ImageTemplate>>
}

/** Documents larger than this are refused before they are parsed. Those of images have a few kilobytes; parsing holds everything else up. */
export const METADATA_BYTES = 128 * 1024

/** What it costs stays in proportion to the size: looking for equal keys and drawing pretty errors would not. */
const CAUTIOUS: ParseOptions & SchemaOptions & { readonly maxAliasCount: number } = {
  uniqueKeys: false,
  prettyErrors: false,
  maxAliasCount: 100,
  customTags: (tags) =>
    tags.filter((tag) => typeof tag === 'string' || !/:(int|float|bool)$/.test(tag.tag)),
}

/** Parses and checks the document. Refuses with code `IMAGE_BAD_METADATA`, whatever is in it. */
export async function parseMetadata(source: string): Promise<ImageMetadata> {
  if (Buffer.byteLength(source) > METADATA_BYTES)
    throw badMetadata(`it is larger than ${METADATA_BYTES} bytes`)
  const { parse } = await import('yaml')
  try {
    const found = metadataDocument.safeParse(parse(source, { ...CAUTIOUS, logLevel: 'error' }))
    if (!found.success) throw badMetadata(reasons(found.error), found.error)
    return metadata(found.data)
  } catch (error) {
    throw isLxworksError(error) ? error : unreadable(error, source)
  }
}

/** The document that says this. What is empty is left out, but for the architecture and the time. */
export async function writeMetadata(metadata: ImageMetadata): Promise<string> {
  const { stringify } = await import('yaml')
  const { architecture, createdAt, expiresAt, properties, templates } = metadata
  return stringify({
    architecture,
    creation_date: secondsOf(createdAt),
    ...(expiresAt && { expiry_date: secondsOf(expiresAt) }),
    ...(Object.keys(properties).length > 0 && { properties }),
    ...(Object.keys(templates).length > 0 && {
      templates: Object.fromEntries(
        Object.entries(templates).map(([path, { createOnly, ...template }]) => [
          path,
          { ...template, create_only: createOnly },
        ]),
      ),
    }),
  })
}

function secondsOf(time: Date): number {
  return Math.trunc(time.getTime() / 1000)
}

function metadata(data: z.output<typeof metadataDocument>): ImageMetadata {
  return Object.freeze({
    architecture: knownName(data.architecture),
    createdAt: new Date(data.creation_date * 1000),
    expiresAt: data.expiry_date ? new Date(data.expiry_date * 1000) : undefined,
    properties: withoutEmpty(data.properties),
    templates: data.templates,
  })
}

function knownName(name: string): string {
  const found = kernelName(name)
  if (found !== undefined) return found
  throw badMetadata(`architecture ${shown(name)} is not known`)
}

function withoutEmpty(properties: RawConfig): RawConfig {
  return Object.fromEntries(Object.entries(properties).filter(([, value]) => value !== ''))
}

const MOST_REASONS = 3

function reasons({ issues }: z.ZodError): string {
  const told = issues
    .slice(0, MOST_REASONS)
    .map(({ path, message }) => `${path.map(shown).join('.') || 'document'}: ${message}`)
  const more = issues.length - told.length
  return [...told, ...(more > 0 ? [`and ${more} more`] : [])].join('; ')
}

function unreadable(error: unknown, source: string): LxworksError {
  const at = isParseError(error) ? source.slice(0, error.pos[0]).split('\n').length : 0
  return badMetadata(`${errorMessage(error)}${at > 0 ? ` (line ${at})` : ''}`, error)
}

function isParseError(error: unknown): error is YAMLParseError {
  return error instanceof Error && error.name === 'YAMLParseError'
}

/** Names of the image's own, short and on one line. */
function shown(name: PropertyKey): string {
  const cut = String(name).slice(0, 40)
  return /^[\w.-]+$/.test(cut) ? cut : JSON.stringify(cut)
}
