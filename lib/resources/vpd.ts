import type { PciDevice } from './contract.ts'

type Vpd = PciDevice['vpd']

const LARGE = 0x80
const NAME = 0x82
const READ_ONLY = 0x90
const READ_WRITE = 0x91
/** The rest of these is a checksum, or room that nobody has filled. */
const WITHOUT_VALUE = new Set(['RV', 'RW'])

/** Vital product data of a PCI device. What is broken ends the reading, and what came before it stays. */
export function readVpd(data: Buffer): Vpd {
  const all = [...resources(data)]
  const name = all.find(({ tag }) => tag === NAME)
  const entries = all
    .filter(({ tag }) => tag === READ_ONLY || tag === READ_WRITE)
    .flatMap(({ content }) => [...fields(content)])
  return {
    ...(name !== undefined && { productName: text(name.content) }),
    ...(entries.length > 0 && { entries: new Map(entries) }),
  }
}

/** Large ones have a length of two bytes; the first small one is the end. */
function* resources(data: Buffer) {
  for (let at = 0; at + 3 <= data.length; ) {
    const tag = data.readUInt8(at)
    if ((tag & LARGE) === 0) return
    const end = at + 3 + data.readUInt16LE(at + 1)
    if (end > data.length) return
    yield { tag, content: data.subarray(at + 3, end) }
    at = end
  }
}

/** Two letters, a length of one byte, and the value. */
function* fields(content: Buffer): Generator<readonly [key: string, value: string]> {
  for (let at = 0; at + 3 <= content.length; ) {
    const key = content.toString('latin1', at, at + 2)
    const end = at + 3 + content.readUInt8(at + 2)
    if (end > content.length) return
    if (!WITHOUT_VALUE.has(key)) yield [key, text(content.subarray(at + 3, end))]
    at = end
  }
}

function text(bytes: Buffer): string {
  return bytes.toString('latin1').replaceAll('\0', '').trim()
}
