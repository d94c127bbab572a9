import type { Sysfs } from './sysfs.ts'

/** Names of vendors, products and classes out of the lists that distributions install. */
export interface Names {
  readonly vendor: (id: string) => string | undefined
  readonly product: (vendor: string, id: string) => string | undefined
  /** Of USB interfaces. */
  readonly usbClass: (id: number) => string | undefined
  readonly usbSubclass: (id: number, subclass: number) => string | undefined
}

const DIRECTORIES = ['/usr/share/misc', '/usr/share/hwdata', '/var/lib/usbutils']

/** Without the list there are no names. */
export async function readNames(sysfs: Sysfs, list: 'pci.ids' | 'usb.ids'): Promise<Names> {
  for (const directory of DIRECTORIES) {
    const text = await sysfs.text(`${directory}/${list}`)
    if (text !== undefined) return namesIn(text)
  }
  return namesIn('')
}

/** `vvvv  Vendor`, below it `<tab>pppp  Product`; classes the same way after a `C`. */
export function namesIn(text: string): Names {
  const lines = text.split('\n')
  const sections = sectionsOf(lines)
  const top = (key: string) => afterId(lines[sections.get(key)?.start ?? -1])
  const below = (key: string, id: string): string | undefined => {
    const { start, end } = sections.get(key) ?? { start: 0, end: 0 }
    const inside = lines.slice(start + 1, end)
    return afterId(inside.find((line) => line.toLowerCase().startsWith(`\t${id}  `)))
  }
  return {
    vendor: (id) => top(id),
    product: (vendor, id) => below(vendor, id),
    usbClass: (id) => top(`c ${hex(id)}`),
    usbSubclass: (id, subclass) => below(`c ${hex(id)}`, hex(subclass)),
  }
}

interface Section {
  readonly start: number
  end: number
}

/** By the id that each begins with, in lower case. */
function sectionsOf(lines: readonly string[]): ReadonlyMap<string, Section> {
  const sections = new Map<string, Section>()
  let last: Section | undefined
  for (const [index, line] of lines.entries()) {
    const head = /^(C )?[0-9a-f]+(?= {2})/i.exec(line)?.[0]
    if (head === undefined) continue
    if (last) last.end = index
    last = { start: index, end: lines.length }
    sections.set(head.toLowerCase(), last)
  }
  return sections
}

function afterId(line: string | undefined): string | undefined {
  return line === undefined ? undefined : /[0-9a-f]+ {2}(.*)$/i.exec(line)?.[1]
}

function hex(number: number): string {
  return number.toString(16).padStart(2, '0')
}
