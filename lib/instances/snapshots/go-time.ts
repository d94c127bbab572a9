const DAYS = ['Sunday', 'Monday', 'Tuesday', 'Wednesday', 'Thursday', 'Friday', 'Saturday']
const MONTHS =
  'January February March April May June July August September October November December'.split(' ')

type Field = (time: Date) => string

/** Go writes a layout as the time of 15:04:05 on Monday, 2 January 2006; longer fields come before those that they begin with. */
const FIELDS: readonly (readonly [sample: string, field: Field])[] = [
  ['2006', (time) => String(time.getFullYear())],
  ['January', (time) => MONTHS[time.getMonth()] ?? ''],
  ['Monday', (time) => DAYS[time.getDay()] ?? ''],
  ['Jan', (time) => (MONTHS[time.getMonth()] ?? '').slice(0, 3)],
  ['Mon', (time) => (DAYS[time.getDay()] ?? '').slice(0, 3)],
  ['002', (time) => pad(dayOfYear(time), 3)],
  ['15', (time) => pad(time.getHours())],
  ['01', (time) => pad(time.getMonth() + 1)],
  ['02', (time) => pad(time.getDate())],
  ['03', (time) => pad(time.getHours() % 12 || 12)],
  ['04', (time) => pad(time.getMinutes())],
  ['05', (time) => pad(time.getSeconds())],
  ['06', (time) => pad(time.getFullYear() % 100)],
  ['PM', (time) => (time.getHours() < 12 ? 'AM' : 'PM')],
  ['pm', (time) => (time.getHours() < 12 ? 'am' : 'pm')],
  ['-07:00', (time) => offset(time, ':')],
  ['-0700', (time) => offset(time, '')],
  ['_2', (time) => String(time.getDate()).padStart(2)],
  ['1', (time) => String(time.getMonth() + 1)],
  ['2', (time) => String(time.getDate())],
  ['3', (time) => String(time.getHours() % 12 || 12)],
  ['4', (time) => String(time.getMinutes())],
  ['5', (time) => String(time.getSeconds())],
]

/** The time as Go formats it by a layout, on the clock of this process. */
export function goTime(layout: string, time: Date): string {
  let [text, rest] = ['', layout]
  while (rest !== '') {
    const found = FIELDS.find(([sample]) => rest.startsWith(sample))
    text += found ? found[1](time) : rest.charAt(0)
    rest = rest.slice(found ? found[0].length : 1)
  }
  return text
}

function pad(number: number, digits = 2): string {
  return String(number).padStart(digits, '0')
}

function dayOfYear(time: Date): number {
  const day = Date.UTC(time.getFullYear(), time.getMonth(), time.getDate())
  return (day - Date.UTC(time.getFullYear(), 0, 0)) / 86_400_000
}

function offset(time: Date, between: string): string {
  const minutes = -time.getTimezoneOffset()
  const size = Math.abs(minutes)
  return `${minutes < 0 ? '-' : '+'}${pad(Math.trunc(size / 60))}${between}${pad(size % 60)}`
}
