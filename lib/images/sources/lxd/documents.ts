import { z } from 'zod'

const MOST_ENTRIES = 500

const text = z
  .string()
  .max(65_536)
  .refine((value) => !value.includes('\0'), 'must not hold a NUL')

const absent = <T extends z.ZodType>(schema: T, otherwise: z.output<T>) =>
  schema.nullish().transform((value): z.output<T> => value ?? otherwise)

/** Go's zero time and the epoch are how LXD writes that there is none. */
const time = z
  .string()
  .nullish()
  .transform((value) => new Date(value ?? ''))
  .transform((date) => (date.getUTCFullYear() >= 1971 ? date : undefined))

/** What the names of files are made of. */
export const WHOLE_FINGERPRINT = /^[0-9a-f]{64}$/

/** An image as LXD's API shows it. */
export const remoteImage = z.object({
  fingerprint: z.string().regex(WHOLE_FINGERPRINT, 'is no SHA-256'),
  type: absent(z.enum(['container', 'virtual-machine']), 'container'),
  architecture: text,
  filename: absent(text, ''),
  public: absent(z.boolean(), false),
  size: z.number().int().min(1),
  properties: absent(
    z
      .record(z.string().max(1024), text)
      .refine((map) => Object.keys(map).length <= MOST_ENTRIES, `holds more than ${MOST_ENTRIES}`),
    {},
  ),
  aliases: absent(
    z.array(z.object({ name: text, description: absent(text, '') })).max(MOST_ENTRIES),
    [],
  ),
  profiles: absent(z.array(text).max(MOST_ENTRIES), []),
  created_at: time,
  expires_at: time,
})

export type RemoteImage = z.output<typeof remoteImage>

/** An alias as LXD's API shows it. */
export const remoteAlias = z.object({ target: z.string().regex(WHOLE_FINGERPRINT) })

/** Work of LXD's that goes on after its answer. */
export const remoteOperation = z.object({
  id: z.uuid(),
  status_code: z.number().int(),
  err: absent(z.string(), ''),
  metadata: absent(z.object({ secret: z.string().max(1024).optional() }).optional(), undefined),
})

export type RemoteOperation = z.output<typeof remoteOperation>

/** What every answer of LXD's is wrapped in. */
export const envelope = z.object({
  error: absent(z.string(), ''),
  metadata: z.unknown(),
})
