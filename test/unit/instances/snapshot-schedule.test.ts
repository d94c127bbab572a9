import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  isAtStartup,
  isScheduled,
  wrongSchedule,
} from '../../../lib/instances/snapshot-schedule.ts'

const at = (hour: number, minute: number, day = 1) => new Date(2026, 0, day, hour, minute, 30)
const DAY = Array.from({ length: 24 * 60 }, (_, minute) => at(Math.floor(minute / 60), minute % 60))

function timesIn(schedule: string, subject: string): readonly string[] {
  return DAY.filter((time) => isScheduled(schedule, subject, time)).map(
    (time) => `${time.getHours()}:${time.getMinutes()}`,
  )
}

describe('a schedule of snapshots', () => {
  it('is five fields of cron, by the clock of the host', () => {
    expect(timesIn('5,35 8-9 * * *', 'a')).toEqual(['8:5', '8:35', '9:5', '9:35'])
    expect(timesIn('0 */12 * * *', 'a')).toEqual(['0:0', '12:0'])
    expect(timesIn('0 6 1 jan ?', 'a')).toEqual(['6:0'])
    // The first of January 2026 is a Thursday.
    expect(timesIn('0 6 * * mon-wed', 'a')).toEqual([])
    expect(timesIn('0 6 * * 4', 'a')).toEqual(['6:0'])
    expect(timesIn('0 6 31 2 *', 'a')).toEqual([])
  })

  it('is a word, which means another minute for each instance and always the same for one', () => {
    const hourly = timesIn('@hourly', 'a')
    expect(hourly).toHaveLength(24)
    expect(new Set(hourly.map((time) => time.split(':')[1])).size).toBe(1)
    expect(timesIn('@hourly', 'a')).toEqual(hourly)
    const subjects = Array.from({ length: 50 }, (_, index) => `instance-${index}`)
    const daily = new Set(subjects.flatMap((subject) => timesIn('@daily', subject)))
    expect(daily.size).toBeGreaterThan(40)
    for (const subject of subjects) {
      expect(timesIn('@midnight', subject)).toHaveLength(1)
      expect(timesIn('@midnight', subject)[0]).toMatch(/^0:/)
    }
    expect(timesIn('@yearly', 'a')).toHaveLength(1)
    expect(isScheduled('@annually', 'a', at(0, 0, 2))).toBe(false)
  })

  it('is a list, in which @never says nothing and @startup asks for one before each start', () => {
    expect(timesIn('0 1 * * *, 0,30 2 * * *', 'a')).toEqual(['1:0', '2:0', '2:30'])
    expect(timesIn('@never', 'a')).toEqual([])
    expect(timesIn('@startup', 'a')).toEqual([])
    expect(isAtStartup('@Startup, @daily')).toBe(true)
    expect(isAtStartup('@daily')).toBe(false)
    expect(isAtStartup('')).toBe(false)
  })

  it('is refused when it is anything else', () => {
    const wrong = [
      ...[
        '@fortnightly',
        'soon',
        '* * * *',
        '* * * * * *',
        '60 * * * *',
        '* 24 * * *',
        '*/0 * * * *',
      ],
      ...[
        '* * L * *',
        '* * * * 1#2',
        '* * 15W * *',
        '*,@daily * * * *',
        '1-0 * * * *',
        '@daily,@hourly',
      ],
    ]
    for (const schedule of wrong)
      expect([schedule, wrongSchedule(schedule)]).toEqual([schedule, expect.any(String)])
    for (const schedule of [
      '@daily, @startup',
      '@MIDNIGHT',
      '0 0 * * 7',
      '@never',
      '15 0-23/2 1,15 jan-mar *',
    ])
      expect([schedule, wrongSchedule(schedule)]).toEqual([schedule, undefined])
  })

  it('whatever is written is followed or refused, and never fails later', () => {
    fc.assert(
      fc.property(fc.string({ unit: fc.constantFrom(...'@*/,-?0159 ajnL#') }), (schedule) => {
        if (wrongSchedule(schedule) === undefined) isScheduled(schedule, 'a', at(1, 1))
      }),
    )
  })
})
