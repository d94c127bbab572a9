import type { Ethernet } from '../../bindings/linux/native.ts'
import type { LinkSettings } from './contract.ts'

/** By the number of their bit; a dash for bits that stand for something else. */
const MODES = `
  10baseT/Half 10baseT/Full 100baseT/Half 100baseT/Full 1000baseT/Half 1000baseT/Full - -
  - - - - 10000baseT/Full - - 2500baseX/Full - 1000baseKX/Full 10000baseKX4/Full
  10000baseKR/Full - 20000baseMLD2/Full 20000baseKR2/Full 40000baseKR4/Full
  40000baseCR4/Full 40000baseSR4/Full 40000baseLR4/Full 56000baseKR4/Full
  56000baseCR4/Full 56000baseSR4/Full 56000baseLR4/Full 25000baseCR/Full 25000baseKR/Full
  25000baseSR/Full 50000baseCR2/Full 50000baseKR2/Full 100000baseKR4/Full
  100000baseSR4/Full 100000baseCR4/Full 100000baseLR4_ER4/Full 50000baseSR2/Full
  1000baseX/Full 10000baseCR/Full 10000baseSR/Full 10000baseLR/Full 10000baseLRM/Full
  10000baseER/Full 2500baseT/Full 5000baseT/Full - - - 50000baseKR/Full 50000baseSR/Full
  50000baseCR/Full 50000baseLR_ER_FR/Full 50000baseDR/Full 100000baseKR2/Full
  100000baseSR2/Full 100000baseCR2/Full 100000baseLR2_ER2_FR2/Full 100000baseDR2/Full
  200000baseKR4/Full 200000baseSR4/Full 200000baseLR4_ER4_FR4/Full 200000baseDR4/Full
  200000baseCR4/Full 100baseT1/Full 1000baseT1/Full 400000baseKR8/Full 400000baseSR8/Full
  400000baseLR8_ER8_FR8/Full 400000baseDR8/Full 400000baseCR8/Full - 100000baseKR/Full
  100000baseSR/Full 100000baseLR_ER_FR/Full 100000baseCR/Full 100000baseDR/Full
  200000baseKR2/Full 200000baseSR2/Full 200000baseLR2_ER2_FR2/Full 200000baseDR2/Full
  200000baseCR2/Full 400000baseKR4/Full 400000baseSR4/Full 400000baseLR4_ER4_FR4/Full
  400000baseDR4/Full 400000baseCR4/Full 100baseFX/Half 100baseFX/Full 10baseT1L/Full
`
  .trim()
  .split(/\s+/)

/** Ports among the same bits. */
const PORT_BITS: readonly (readonly [bit: number, name: string])[] = [
  [7, 'twisted pair'],
  [8, 'AUI'],
  [9, 'media-independent'],
  [10, 'fibre'],
  [11, 'BNC'],
]

/** The kernel's `PORT_*`. */
const PORTS: ReadonlyMap<number, string> = new Map([
  [0, 'twisted pair'],
  [1, 'AUI'],
  [2, 'media-independent'],
  [3, 'fibre'],
  [4, 'BNC'],
  [5, 'direct attach'],
  [0xef, 'none'],
  [0xff, 'other'],
])
/** The kernel's `XCVR_*`. */
const TRANSCEIVERS: ReadonlyMap<number, string> = new Map([
  [0, 'internal'],
  [1, 'external'],
])

/** What the driver of an interface says, in LXD's words. */
export function linkSettings({ firmwareVersion, settings }: Ethernet): LinkSettings {
  const firmware = firmwareVersion === '' ? {} : { firmwareVersion }
  if (settings === undefined) return { ...firmware, autoNegotiation: false }
  const { port, transceiver, autoNegotiation, supported } = settings
  const has = (bit: number): boolean => (((supported[bit >> 5] ?? 0) >>> (bit & 31)) & 1) === 1
  const supportedModes = MODES.filter((name, bit) => name !== '-' && has(bit))
  const supportedPorts = PORT_BITS.filter(([bit]) => has(bit)).map(([, name]) => name)
  return {
    ...firmware,
    autoNegotiation,
    portType: PORTS.get(port) ?? 'unknown',
    transceiverType: TRANSCEIVERS.get(transceiver) ?? 'unknown',
    ...(supportedModes.length > 0 && { supportedModes }),
    ...(supportedPorts.length > 0 && { supportedPorts }),
  }
}
