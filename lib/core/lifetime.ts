import { z } from 'zod'

/** `<n><unit>` separated by spaces, each unit once: M minute, H hour, d day, w week, m month, y year. */
export const lifetime = z.string().refine((value) => {
  const parts = value.trim().split(/\s+/)
  const units = new Set(parts.map((part) => part.slice(-1)))
  return units.size === parts.length && parts.every((part) => /^\d{1,6}[MHdwmy]$/.test(part))
}, 'expected a lifetime such as "2w 3d"')

/** When a lifetime that begins at `from` is over, by the calendar in UTC. */
export function endOfLifetime(text: string, from: Date): Date {
  const end = new Date(from)
  for (const [, count, unit] of text.matchAll(/(\d+)([MHdwmy])/g)) add(end, Number(count), unit)
  return end
}

function add(to: Date, count: number, unit: string | undefined): void {
  if (unit === 'M') to.setUTCMinutes(to.getUTCMinutes() + count)
  if (unit === 'H') to.setUTCHours(to.getUTCHours() + count)
  if (unit === 'd') to.setUTCDate(to.getUTCDate() + count)
  if (unit === 'w') to.setUTCDate(to.getUTCDate() + 7 * count)
  if (unit === 'm') to.setUTCMonth(to.getUTCMonth() + count)
  if (unit === 'y') to.setUTCFullYear(to.getUTCFullYear() + count)
}
