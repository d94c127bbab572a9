import { z } from 'zod'
import type { RawConfig } from '../../../core/config.ts'
import { kernelName } from '../../architectures.ts'
import type { ImageType } from '../contract.ts'
import { shown } from '../refusals.ts'

/** One file of an image. */
export interface StreamFile {
  /** Below the server's base. */
  readonly path: string
  readonly sizeBytes: number
  readonly sha256: string
}

/** One image of a stream: what one version of a product has for one type. */
export interface StreamImage {
  readonly fingerprint: string
  readonly type: ImageType
  /** The kernel's word. */
  readonly architecture: string
  readonly aliases: readonly string[]
  readonly metadata: StreamFile
  /** Absent: the metadata's file is the whole image. */
  readonly rootfs?: StreamFile
  readonly properties: RawConfig
  readonly createdAt: Date
  readonly expiresAt: Date | undefined
  /** Among those of one version: the less the better. */
  readonly rank: number
}

const MOST_BYTES = 2 ** 40
const text = z.string().max(4096)
const hash = z.string().regex(/^[0-9a-f]{64}$/)
const path = z
  .string()
  .max(1024)
  // Nothing that leaves the server's base, or is another URL.
  .regex(/^(?!\/)[\w.+~@=:%-]+(\/[\w.+~@=:%-]+)*$/)
  .refine((value) => value.split('/').every((part) => !isDots(part)) && !/^\w+:/.test(value))
const words = text.nullish().transform((value) => value ?? '')
const item = z.object({
  ftype: text,
  path,
  size: z.number().int().nonnegative().max(MOST_BYTES),
  sha256: hash,
})
const hashes = z.record(z.string(), z.unknown())
const version = z.object({ label: words, items: z.record(z.string(), z.unknown()) })
const product = z.object({
  ...{ aliases: words, arch: text, os: words, release: words, release_title: words },
  ...{ version: words, variant: words, support_eol: words, supported_eol: words },
  lxd_requirements: z.record(z.string(), text).nullish(),
  versions: z.record(z.string(), z.unknown()),
})

type Product = z.output<typeof product>

/** What can be the root file system, by its type of file: the key of the fingerprint beside the metadata's own. */
const ROOTS: readonly (readonly [ftype: string, type: ImageType, ...keys: readonly string[]])[] = [
  ['squashfs', 'container', 'combined_squashfs_sha256'],
  ['root.tar.xz', 'container', 'combined_rootxz_sha256', 'combined_sha256'],
  ['disk-kvm.img', 'virtual-machine', 'combined_disk-kvm-img_sha256'],
  ['uefi1.img', 'virtual-machine', 'combined_uefi1-img_sha256'],
  ['disk1.img', 'virtual-machine', 'combined_disk1-img_sha256'],
]

/** The aliases of a product, before anything else of it is looked at. */
export function aliasesOf(found: unknown): readonly string[] {
  const named = z.object({ aliases: words }).safeParse(found)
  return named.success ? split(named.data.aliases) : []
}

/** All images of a product that can be used here. What is not as it should be is left out: one odd entry spoils no other. */
export function imagesOf(found: unknown): readonly StreamImage[] {
  const parsed = product.safeParse(found)
  if (!parsed.success) return []
  const architecture = kernelName(parsed.data.arch)
  if (architecture === undefined) return []
  return Object.entries(parsed.data.versions).flatMap(([serial, one]) =>
    imagesOfVersion({ product: parsed.data, architecture, serial }, one),
  )
}

interface Context {
  readonly product: Product
  readonly architecture: string
  readonly serial: string
}

function imagesOfVersion(context: Context, found: unknown): readonly StreamImage[] {
  const createdAt = day(context.serial)
  const parsed = version.safeParse(found)
  if (!parsed.success || createdAt === undefined) return []
  const { label } = parsed.data
  const items = Object.values(parsed.data.items)
  const make = (files: Files): StreamImage => ({
    ...files,
    ...described(context, { label, ftype: files.ftype }),
    createdAt,
  })
  return items.flatMap((one) => filesOf(one, items)).map(make)
}

interface Files extends Pick<StreamImage, 'fingerprint' | 'type' | 'metadata' | 'rank'> {
  readonly rootfs?: StreamFile
  readonly ftype: string
}

function filesOf(found: unknown, items: readonly unknown[]): readonly Files[] {
  const metadata = item.safeParse(found)
  if (!metadata.success) return []
  const { data } = metadata
  if (data.ftype === 'lxd_combined.tar.gz')
    return [
      {
        ...{ fingerprint: data.sha256, type: 'container', ftype: 'tar.gz' },
        ...{ metadata: file(data), rank: ROOTS.length },
      },
    ]
  if (data.ftype !== 'lxd.tar.xz') return []
  const combined = hashes.parse(found)
  return items.flatMap((one) => {
    const root = item.safeParse(one)
    return root.success ? pair(data, root.data, combined) : []
  })
}

type Item = z.output<typeof item>

function pair(
  metadata: Item,
  root: Item,
  combined: Readonly<Record<string, unknown>>,
): readonly Files[] {
  const rank = ROOTS.findIndex(([ftype]) => ftype === root.ftype)
  const [ftype, type, ...keys] = ROOTS[rank] ?? []
  const fingerprint = keys
    .map((key) => combined[key])
    .find((value) => hash.safeParse(value).success)
  if (ftype === undefined || type === undefined || fingerprint === undefined) return []
  return [
    {
      ...{ fingerprint: String(fingerprint), type, ftype, rank },
      ...{ metadata: file(metadata), rootfs: file(root) },
    },
  ]
}

function file({ path: at, size, sha256 }: Item): StreamFile {
  return { path: at, sizeBytes: size, sha256 }
}

function described(
  { product: own, architecture, serial }: Context,
  { label, ftype }: { readonly label: string; readonly ftype: string },
): Pick<StreamImage, 'architecture' | 'aliases' | 'properties' | 'expiresAt'> {
  const title = [own.os, own.release_title, own.arch].filter((word) => word !== '').join(' ')
  const requirements = Object.entries(own.lxd_requirements ?? {})
  const properties = {
    ...{ os: own.os, release: own.release, version: own.version, architecture: own.arch },
    ...{ label, serial, variant: own.variant, type: ftype },
    description: `${title}${label === '' ? '' : ` (${label})`} (${serial})`,
    ...Object.fromEntries(requirements.map(([key, value]) => [`requirements.${key}`, value])),
  }
  return {
    architecture,
    aliases: split(own.aliases),
    properties: Object.fromEntries(Object.entries(properties).filter(([, value]) => value !== '')),
    expiresAt: day((own.support_eol || own.supported_eol).replaceAll('-', '')),
  }
}

function split(aliases: string): readonly string[] {
  return aliases
    .split(',')
    .map((alias) => alias.trim())
    .filter((alias) => alias !== '' && !/\p{Cc}/u.test(alias) && shown(alias).length < 200)
}

/** `20260102_13:00` begins with a day. */
function day(serial: string): Date | undefined {
  const [, year, month, date] = /^(\d{4})(\d{2})(\d{2})/.exec(serial) ?? []
  const found = new Date(`${year}-${month}-${date}T00:00:00Z`)
  return Number.isNaN(found.getTime()) ? undefined : found
}

function isDots(part: string): boolean {
  return /^(\.|%2e){1,2}$/i.test(part)
}
