import { z } from 'zod'
import type { RawConfig } from '../core/config.ts'
import type { Devices } from '../projects/contract.ts'

/** Clients written in Go send null for what they leave out. */
export function optional<T extends z.ZodType>(schema: T) {
  return schema.nullish().transform((value) => value ?? undefined)
}

export function orElse<T extends z.ZodType>(schema: T, otherwise: z.output<T>) {
  return schema.nullish().transform((value): z.output<T> => value ?? otherwise)
}

export const text = orElse(z.string(), '')
export const flag = orElse(z.boolean(), false)
export const whole = orElse(z.number().int(), 0)

export const config = z.record(z.string(), z.string())

export const devices = z
  .record(z.string(), z.record(z.string(), z.string()))
  .refine((all) => Object.values(all).every(({ type }) => type !== undefined), {
    message: 'each device needs a type',
  })
  // Checked on the line above.
  .transform((all) => all as Devices)

export const described = z.object({
  description: optional(z.string()),
  config: optional(config),
})

/** The name of something new. */
export const named = z.string('No name provided').min(1, 'No name provided')

export const renamed = z.object({ name: named })

/** What PATCH makes of a map: keys are added or replaced, and an empty value takes its key away. */
export function patched(current: RawConfig, change: RawConfig | undefined): RawConfig {
  const entries = Object.entries({ ...current, ...change })
  return Object.fromEntries(entries.filter(([, value]) => value !== ''))
}
