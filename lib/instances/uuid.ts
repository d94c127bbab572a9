import { createHash } from 'node:crypto'

/** Pure: the same random text gives the same id for the same purpose, and another one for another. */
export function uuidFrom(seed: string, purpose: string): string {
  const hex = createHash('sha256').update(`${seed}/${purpose}`).digest('hex')
  const variant = ((Number.parseInt(hex.charAt(16), 16) & 0x3) | 0x8).toString(16)
  return [
    hex.slice(0, 8),
    hex.slice(8, 12),
    `4${hex.slice(13, 16)}`,
    `${variant}${hex.slice(17, 20)}`,
    hex.slice(20, 32),
  ].join('-')
}
