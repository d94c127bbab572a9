import { createHash } from 'node:crypto'
import { z } from 'zod'
import { DIGEST } from './reference.ts'
import { badDocument, notBuilt, shown, wrongDigest, wrongSize } from './refusals.ts'

/** Largest document that is read: registries refuse larger ones too. */
export const DOCUMENT_BYTES = 4 * 1024 * 1024
const MOST_LAYERS = 127
const MOST_ENTRIES = 1024
/** Of one layer as it comes over the wire. */
const LAYER_BYTES = 64 * 1024 ** 3

const descriptor = z.object({
  mediaType: z.string().max(255),
  digest: z.string().regex(DIGEST, 'is no sha256 digest'),
  size: z.number().int().nonnegative().max(LAYER_BYTES),
  urls: z.array(z.string()).nullish(),
})

/** What a document points to: what it is, which bytes, how many. */
export type Descriptor = z.output<typeof descriptor>

const platform = z.object({
  os: z.string().max(64).default(''),
  architecture: z.string().max(64).default(''),
  variant: z.string().max(64).nullish(),
})
const entry = descriptor.extend({ platform: platform.nullish() })

/** One variant that an index offers. */
export type IndexEntry = z.output<typeof entry>

const kind = z.object({
  schemaVersion: z.literal(2),
  mediaType: z.string().max(255).optional(),
  config: z.unknown().optional(),
  layers: z.unknown().optional(),
  manifests: z.unknown().optional(),
})
const indexDocument = z.object({ manifests: z.array(entry).max(MOST_ENTRIES) })
const manifestDocument = z.object({
  config: descriptor,
  layers: z.array(descriptor).max(MOST_LAYERS),
})

/** An image: its configuration and its layers, lowest first. */
export type Manifest = z.output<typeof manifestDocument>

/** What a registry answers for a name: an image, or a choice of images. */
export type RegistryDocument =
  | { readonly kind: 'manifest'; readonly manifest: Manifest }
  | { readonly kind: 'index'; readonly entries: readonly IndexEntry[] }

const DOCKER = 'application/vnd.docker.distribution.manifest'
const OCI = 'application/vnd.oci.image'

/** Asked for, in this order. */
export const ACCEPTED = [
  `${OCI}.index.v1+json`,
  `${OCI}.manifest.v1+json`,
  `${DOCKER}.list.v2+json`,
  `${DOCKER}.v2+json`,
]

/** Parses and checks; what it says of itself decides, and it must not be both. */
export function parseDocument(bytes: Buffer): RegistryDocument {
  const found = parsed(kind, bytes, 'manifest')
  if (found.mediaType !== undefined && !ACCEPTED.includes(found.mediaType))
    throw notBuilt(
      `A document of type ${shown(found.mediaType)}`,
      'images are manifests and indexes of OCI, or schema 2 of Docker',
    )
  if (found.manifests !== undefined && (found.layers !== undefined || found.config !== undefined))
    throw badDocument('manifest', 'it is an image and a list of images at once')
  if (found.manifests !== undefined)
    return { kind: 'index', entries: parsed(indexDocument, bytes, 'index').manifests }
  return { kind: 'manifest', manifest: checked(parsed(manifestDocument, bytes, 'manifest')) }
}

/** The bytes are those that the descriptor points to. */
export function checkBytes(
  bytes: Buffer,
  { digest, size }: Pick<Descriptor, 'digest' | 'size'>,
): void {
  if (bytes.length !== size) throw wrongSize(digest, size, bytes.length)
  checkDigest(bytes, digest)
}

/** The bytes have this digest. */
export function checkDigest(bytes: Buffer, digest: string): void {
  const found = digestOf(bytes)
  if (found !== digest) throw wrongDigest(digest, found)
}

/** `sha256:…` of some bytes. */
export function digestOf(bytes: Buffer): string {
  return `sha256:${createHash('sha256').update(bytes).digest('hex')}`
}

/** JSON of somebody else's, with the first reasons why it is not what it should be. */
export function parsed<T extends z.ZodType>(schema: T, bytes: Buffer, what: string): z.output<T> {
  let value: unknown
  try {
    value = JSON.parse(bytes.toString('utf8'))
  } catch (error) {
    throw badDocument(what, 'it is no JSON', error)
  }
  const found = schema.safeParse(value)
  if (found.success) return found.data
  const [issue] = found.error.issues
  const at = issue?.path.map((part) => shown(part)).join('.') || 'the document'
  throw badDocument(what, `${at}: ${issue?.message ?? 'is wrong'}`, found.error)
}

const CONFIG_TYPES = [`${OCI}.config.v1+json`, 'application/vnd.docker.container.image.v1+json']
const LAYER =
  /^application\/vnd\.(?:oci\.image\.layer\.v1\.tar(?:\+gzip|\+zstd)?|docker\.image\.rootfs\.diff\.tar(?:\.gzip|\.zstd)?)$/

function checked(manifest: Manifest): Manifest {
  const { config, layers } = manifest
  if (!CONFIG_TYPES.includes(config.mediaType))
    throw notBuilt(
      `Something of type ${shown(config.mediaType)}`,
      'it is kept in a registry but is no image of an application',
    )
  if (config.size > DOCUMENT_BYTES)
    throw badDocument('configuration', `it has ${config.size} bytes`)
  for (const { mediaType } of layers)
    if (!LAYER.test(mediaType))
      throw notBuilt(
        `A layer of type ${shown(mediaType)}`,
        'layers are tar archives, plain or compressed with gzip or zstd, that the registry itself has',
      )
  return manifest
}
