import { z } from 'zod'
import type { RawConfig } from '../core/config.ts'
import { errorMessage, isLxworksError } from '../core/errors.ts'
import { badMetadata } from './refusals.ts'

/** What an image says of itself. Everything that may be absent is present here, empty. */
export interface ImageMetadata {
  readonly architecture: string
  readonly createdAt: Date
  readonly expiresAt: Date | undefined
  readonly properties: RawConfig
  readonly templates: Readonly<Record<string, unknown>>
}

/** Documents larger than this are refused before they are parsed. */
export const METADATA_BYTES = 1024 * 1024

/** Other spellings of the kernel's names. */
const ARCHITECTURES: Readonly<Record<string, readonly string[]>> = {
  i686: ['i386', 'i586', '386', 'x86', 'generic_32'],
  x86_64: ['amd64', 'generic_64'],
  armv7l: ['armel', 'armhf', 'arm', 'armv7', 'armv7a', 'armhfp', 'armv7a_hardfp', 'armv7hl'],
  aarch64: ['arm64', 'arm64_generic'],
  ppc: ['powerpc'],
  ppc64: ['powerpc64', 'ppc64_generic'],
  ppc64le: ['ppc64el'],
  s390x: [],
  mips: ['mipsel', 'mipsle'],
  mips64: ['mips64el', 'mips64le'],
  riscv32: [],
  riscv64: [],
}

const scalar = z.union([z.string(), z.number(), z.boolean()]).transform(String)
const seconds = z.number().finite().min(0).max(253_402_300_799)
const mapping = <T extends z.ZodType>(value: T) =>
  z
    .record(z.string().max(1024), value)
    .nullish()
    .transform((map) => map ?? {})

const document = z.object({
  architecture: z.string().min(1),
  creation_date: seconds.refine((value) => value > 0, 'must not be 0'),
  expiry_date: seconds.nullish(),
  properties: mapping(scalar.nullish().transform((value) => value ?? '')),
  templates: mapping(z.record(z.string(), z.unknown()).nullish()),
})

/** Parses and checks the document. Refuses with code `IMAGE_BAD_METADATA`, whatever is in it. */
export async function parseMetadata(text: string): Promise<ImageMetadata> {
  const { parse } = await import('yaml')
  try {
    const found = document.safeParse(
      parse(text, { maxAliasCount: 100, customTags: [], logLevel: 'silent' }),
    )
    if (!found.success) throw badMetadata(reasons(found.error), found.error)
    return metadata(found.data)
  } catch (error) {
    throw isLxworksError(error) ? error : badMetadata(errorMessage(error), error)
  }
}

function metadata(data: z.output<typeof document>): ImageMetadata {
  return Object.freeze({
    architecture: kernelName(data.architecture),
    createdAt: new Date(data.creation_date * 1000),
    expiresAt: data.expiry_date ? new Date(data.expiry_date * 1000) : undefined,
    properties: withoutEmpty(data.properties),
    templates: data.templates,
  })
}

function kernelName(name: string): string {
  const found = Object.entries(ARCHITECTURES).find(
    ([kernel, others]) => kernel === name || others.includes(name),
  )
  if (found) return found[0]
  throw badMetadata(`architecture ${JSON.stringify(name.slice(0, 40))} is not known`)
}

function withoutEmpty(properties: RawConfig): RawConfig {
  return Object.fromEntries(Object.entries(properties).filter(([, value]) => value !== ''))
}

function reasons(error: z.ZodError): string {
  return error.issues
    .map(({ path, message }) => `${path.join('.') || 'document'}: ${message}`)
    .join('; ')
}
