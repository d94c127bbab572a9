import { z } from 'zod'
import type { KeyTable } from '../../core/config.ts'
import { lifetime } from '../../core/lifetime.ts'
import { boolean } from '../../core/value-types.ts'
import { wrongPattern } from '../snapshot-pattern.ts'
import { wrongSchedule } from '../snapshot-schedule.ts'

const pattern = checked(wrongPattern)
const schedule = checked(wrongSchedule)

function checked(wrongOf: (value: string) => string | undefined) {
  return z.string().superRefine((value, context) => {
    const wrong = wrongOf(value)
    if (wrong !== undefined) context.addIssue({ code: 'custom', message: wrong })
  })
}

/** Snapshots by schedule. */
export const snapshotsKeys = {
  'snapshots.schedule': {
    type: schedule,
    description:
      'Five-field cron expression, or comma list of @aliases: @hourly, @daily, @midnight, @weekly, @monthly, @annually, @yearly, @startup, @never; several are separated by a comma and a space',
    live: 'next start',
    extensions: ['snapshot_scheduling', 'snapshots_schedule_aliases', 'instance_snapshot_never'],
  },
  'snapshots.schedule.stopped': {
    type: boolean,
    description: 'Whether stopped instances are snapshotted by the schedule',
    default: 'false',
    live: 'next start',
    extensions: ['snapshot_scheduling'],
  },
  'snapshots.pattern': {
    type: pattern,
    description:
      'Name of scheduled and unnamed snapshots: {{ creation_date|date:"2006-01-02" }} becomes the time in the layout of Go, %d the number after the highest',
    default: 'snap%d',
    live: 'next start',
    extensions: ['snapshot_scheduling'],
  },
  'snapshots.expiry': {
    type: lifetime,
    description:
      'Lifetime expression such as "1M 2H 3d 4w 5m 6y" (minute hour day week month year); each unit once: M minute, H hour, d day, w week, m month, y year',
    live: 'next start',
    extensions: ['snapshot_expiry'],
  },
} as const satisfies KeyTable
