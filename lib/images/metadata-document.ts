import { z } from 'zod'
import type { RawConfig } from '../core/config.ts'

/** A file of the instance that is made from a template of the image. */
export interface ImageTemplate {
  /** `create`, `copy`, `start`. */
  readonly when: readonly string[]
  /** A name in the image's directory `templates`. */
  readonly template: string
  readonly properties: RawConfig
  readonly createOnly: boolean
}

/** Of properties, templates, or properties of a template. */
const MOST_ENTRIES = 500

/** A scalar as it is written: `release: 3.10` is no number. */
const text = z
  .string()
  .nullish()
  .transform((value) => value ?? '')
  .refine((value) => !value.includes('\0'), 'must not hold a NUL')

const seconds = z
  .string()
  .transform((value) => Math.trunc(Number(value.replaceAll('_', ''))))
  .pipe(z.number().min(0).max(253_402_300_799))

/** What YAML 1.1, in which LXD's images are written, takes for yes and no. */
const flag = z
  .string()
  .regex(/^(true|yes|on|y|false|no|off|n)$/i, 'must be true or false')
  .nullish()
  .transform((value) => /^(true|yes|on|y)$/i.test(value ?? ''))

const mapping = <T extends z.ZodType>(value: T) =>
  z
    .record(z.string().max(1024), value)
    .refine((map) => Object.keys(map).length <= MOST_ENTRIES, `holds more than ${MOST_ENTRIES}`)
    .nullish()
    .transform((map) => map ?? {})

const template = z
  .object({
    when: z.array(z.string()).max(MOST_ENTRIES).nullish(),
    template: text,
    properties: mapping(text),
    create_only: flag,
  })
  .transform(
    ({ create_only: createOnly, when, ...rest }): ImageTemplate => ({
      ...{ ...rest, createOnly },
      when: when ?? [],
    }),
  )

/** A metadata.yaml whose scalars are all still text. */
export const metadataDocument = z.object({
  architecture: z.string().min(1),
  creation_date: seconds.refine((value) => value > 0, 'must not be 0'),
  expiry_date: seconds.nullish(),
  properties: mapping(text),
  templates: mapping(template),
})
