import { bad } from './fault.ts'
import type { Value } from './values.ts'

const MONTHS =
  'January February March April May June July August September October November December'.split(' ')
const DAYS = 'Sunday Monday Tuesday Wednesday Thursday Friday Saturday'.split(' ')

/** The parts of a layout in Go, longest first where one begins like another. */
const PARTS: Readonly<Record<string, (date: Date) => string>> = {
  January: (date) => MONTHS[date.getUTCMonth()] ?? '',
  Monday: (date) => DAYS[date.getUTCDay()] ?? '',
  '2006': (date) => String(date.getUTCFullYear()).padStart(4, '0'),
  '-07:00': () => '+00:00',
  '-0700': () => '+0000',
  Z07: () => 'Z',
  MST: () => 'UTC',
  Jan: (date) => (MONTHS[date.getUTCMonth()] ?? '').slice(0, 3),
  Mon: (date) => (DAYS[date.getUTCDay()] ?? '').slice(0, 3),
  '.000': (date) => `.${padded(date.getUTCMilliseconds(), 3)}`,
  '01': (date) => padded(date.getUTCMonth() + 1),
  '02': (date) => padded(date.getUTCDate()),
  '03': (date) => padded(date.getUTCHours() % 12 || 12),
  '04': (date) => padded(date.getUTCMinutes()),
  '05': (date) => padded(date.getUTCSeconds()),
  '06': (date) => padded(date.getUTCFullYear() % 100),
  '15': (date) => padded(date.getUTCHours()),
  _2: (date) => String(date.getUTCDate()).padStart(2, ' '),
  PM: (date) => (date.getUTCHours() < 12 ? 'AM' : 'PM'),
  pm: (date) => (date.getUTCHours() < 12 ? 'am' : 'pm'),
  '1': (date) => String(date.getUTCMonth() + 1),
  '2': (date) => String(date.getUTCDate()),
  '3': (date) => String(date.getUTCHours() % 12 || 12),
  '4': (date) => String(date.getUTCMinutes()),
  '5': (date) => String(date.getUTCSeconds()),
}

const PATTERN =
  /January|Monday|2006|-07:00|-0700|Z07:00|Z0700|MST|Jan|Mon|\.000|01|02|03|04|05|06|15|_2|PM|pm|[1-5]/g

/** A time in UTC, laid out as Go does: `2006-01-02 15:04:05`. */
export function goDate(value: Value, layout: string): string {
  if (!(value instanceof Date)) throw bad('date and time are filters of times only')
  return layout.replace(PATTERN, (part) => (PARTS[part] ?? PARTS[part.slice(0, 3)])?.(value) ?? '')
}

function padded(number: number, digits = 2): string {
  return String(number).padStart(digits, '0')
}
