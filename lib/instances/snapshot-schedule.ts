import { createHash } from 'node:crypto'
import { Cron } from 'croner'

/** LXD's short words. Minute and hour are the instance's own, so that not all of a host are copied at once. */
const ALIASES: Readonly<Record<string, (minute: number, hour: number) => string>> = {
  '@hourly': (minute) => `${minute} * * * *`,
  '@daily': (minute, hour) => `${minute} ${hour} * * *`,
  '@midnight': (minute) => `${minute} 0 * * *`,
  '@weekly': (minute, hour) => `${minute} ${hour} * * 0`,
  '@monthly': (minute, hour) => `${minute} ${hour} 1 * *`,
  '@annually': (minute, hour) => `${minute} ${hour} 1 1 *`,
  '@yearly': (minute, hour) => `${minute} ${hour} 1 1 *`,
}

const STARTUP = '@startup'
const NEVER = '@never'

/** What others than LXD's cron understand besides is refused: a schedule means the same wherever it is moved. */
const FIELD = /^(\*|\?|(\d{1,2}|[a-z]{3})(-(\d{1,2}|[a-z]{3}))?)(\/\d{1,2})?$/i

/** Why a `snapshots.schedule` cannot be followed; undefined when it can. */
export function wrongSchedule(schedule: string): string | undefined {
  for (const part of partsOf(schedule)) {
    const wrong = wrongPart(part)
    if (wrong !== undefined) return wrong
  }
  return undefined
}

/** Whether one of its times is the minute of `at`, by the clock of the host. Always the same for the same subject. */
export function isScheduled(schedule: string, subject: string, at: Date): boolean {
  const minute = new Date(at)
  minute.setSeconds(0, 0)
  return partsOf(schedule).some((part) => {
    const cron = cronOf(part, subject)
    return cron !== undefined && parsed(cron).match(minute)
  })
}

/** Whether each start comes after a snapshot. */
export function isAtStartup(schedule: string): boolean {
  return partsOf(schedule).includes(STARTUP)
}

/** A comma alone belongs to a list inside of a field. */
function partsOf(schedule: string): readonly string[] {
  const parts = schedule.split(', ').map((part) => part.trim())
  return parts.map((part) => (part.startsWith('@') ? part.toLowerCase() : part))
}

function cronOf(part: string, subject: string): string | undefined {
  if (part === '' || part === STARTUP || part === NEVER) return undefined
  const digest = createHash('sha256').update(subject).digest()
  return ALIASES[part]?.(digest.readUInt16LE(0) % 60, digest.readUInt16LE(2) % 24) ?? part
}

function wrongPart(part: string): string | undefined {
  if (part.startsWith('@')) {
    const known = [...Object.keys(ALIASES), STARTUP, NEVER]
    return known.includes(part) ? undefined : `${part} is not one of ${known.join(', ')}`
  }
  const fields = part.split(/\s+/)
  if (fields.length !== 5)
    return `${JSON.stringify(part)} has not five fields: minute, hour, day, month, day of the week`
  const odd = fields.flatMap((field) => field.split(',')).find((field) => !FIELD.test(field))
  if (odd !== undefined) return `${JSON.stringify(odd)} is nothing that cron knows`
  try {
    parsed(part)
    return undefined
  } catch (error) {
    return `${JSON.stringify(part)} is no schedule of cron (${error instanceof Error ? error.message : 'unreadable'})`
  }
}

/** Reading one takes a hundred times as long as asking it, and every minute asks for each instance. */
const known = new Map<string, Cron>()
const MOST_KNOWN = 2000

function parsed(text: string): Cron {
  const found = known.get(text)
  if (found) return found
  const cron = new Cron(text, { mode: '5-part', paused: true })
  if (known.size >= MOST_KNOWN) known.clear()
  known.set(text, cron)
  return cron
}
