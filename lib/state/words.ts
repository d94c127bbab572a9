/** Numbers that stand in the tables for words, as in LXD's. `instances.architecture`, `images.architecture`, `nodes.arch`. */
export const ARCHITECTURES = {
  i686: 1,
  x86_64: 2,
  armv7l: 3,
  aarch64: 4,
  ppc: 5,
  ppc64: 6,
  ppc64le: 7,
  s390x: 8,
  mips: 9,
  mips64: 10,
  riscv32: 11,
  riscv64: 12,
} as const

/** `instances.type` and `images.type`. */
export const INSTANCE_TYPES = { container: 0, 'virtual-machine': 1 } as const

/** `*_devices.type`. */
export const DEVICE_TYPES = {
  none: 0,
  nic: 1,
  disk: 2,
  'unix-char': 3,
  'unix-block': 4,
  usb: 5,
  gpu: 6,
  infiniband: 7,
  proxy: 8,
  'unix-hotplug': 9,
  tpm: 10,
  pci: 11,
} as const

/** `storage_volumes.type`. */
export const VOLUME_TYPES = { container: 0, image: 1, custom: 2, 'virtual-machine': 3 } as const

/** `storage_volumes.content_type`. */
export const CONTENT_TYPES = { filesystem: 0, block: 1 } as const

/** `storage_pools.state`, `networks.state` and those of their members. */
export const OBJECT_STATES = { Pending: 0, Created: 1, Errored: 2 } as const

/** The word of a number out of one of the tables above; undefined for a number that is not in it. */
export function wordOf<W extends string>(
  numbers: Readonly<Record<W, number>>,
  number: unknown,
): W | undefined {
  const found = Object.entries(numbers).find(([, value]) => value === number)
  return found?.[0] as W | undefined
}
