import type { MetricName } from './catalog.ts'

/** One number, and what it is of. */
export interface Reading {
  readonly metric: MetricName
  readonly labels: Readonly<Record<string, string>>
  readonly value: number
}

/** What could be read of several metrics with the same labels. */
export function readings(
  values: Readonly<Partial<Record<MetricName, number | undefined>>>,
  labels: Readonly<Record<string, string>> = {},
): readonly Reading[] {
  return Object.entries(values).flatMap(([metric, value]) =>
    value !== undefined && Number.isFinite(value)
      ? [{ metric: metric as MetricName, labels, value }]
      : [],
  )
}

/** The numbers of a file of `key value` lines. */
export function keyed(text: string | undefined): ReadonlyMap<string, number> {
  const pairs = lines(text).map((line) => line.split(/\s+/))
  return new Map(pairs.map(([key = '', value]) => [key, Number(value)]))
}

/** The number of a file that holds one; undefined for one that holds a word, as `max`. */
export function single(text: string | undefined): number | undefined {
  const trimmed = text?.trim() ?? ''
  return /^\d+$/.test(trimmed) ? Number(trimmed) : undefined
}

export function lines(text: string | undefined): readonly string[] {
  return (text ?? '').split('\n').filter((line) => line !== '')
}
