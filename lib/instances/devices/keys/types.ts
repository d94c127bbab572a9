import { isIPv4, isIPv6 } from 'node:net'
import { z } from 'zod'
import { parseBytes } from '../../../core/units.ts'
import { absolutePath, integerBetween, matching } from '../../../core/value-types.ts'

/** A name that the kernel takes for a network interface, and that no program takes for an option. */
export const interfaceName = z
  .string()
  .regex(/^[A-Za-z0-9_.][A-Za-z0-9_.-]{0,14}$/, 'expected 1 to 15 letters, digits, "_", "." or "-"')
  .refine((name) => name !== '.' && name !== '..', 'expected the name of an interface')

export const ipv4 = z.string().refine((value) => isIPv4(value), 'expected an IPv4 address')

/** No zone (`%eth0`): the address is used on other machines' interfaces. */
export const ipv6 = z
  .string()
  .refine((value) => isIPv6(value) && !value.includes('%'), 'expected an IPv6 address')

export const ipv4OrNone = z.union([z.literal('none'), ipv4], {
  error: 'expected an IPv4 address or none',
})

export const ipv6OrNone = z.union([z.literal('none'), ipv6], {
  error: 'expected an IPv6 address or none',
})

export const vlanId = z.union([z.literal('none'), integerBetween(0, 4094)], {
  error: 'expected a VLAN from 0 to 4094, or none',
})

export const hardwareId = matching(/^[0-9a-f]{4}$/, 'four lower-case hex digits')

export const pciAddress = matching(
  /^([0-9a-fA-F]{4}:)?[0-9a-fA-F]{2}:[0-9a-fA-F]{2}\.[0-9a-fA-F]$/,
  'a PCI address such as 0000:02:08.0',
)

export const migUuid = matching(
  /^(MIG-)?[0-9a-f]{8}-([0-9a-f]{4}-){3}[0-9a-f]{12}$/i,
  'a UUID, with or without MIG- before it',
)

export const infinibandAddress = matching(
  /^([0-9a-f]{2}:){7}([0-9a-f]{2}:){0,12}[0-9a-f]{2}$/i,
  '8 or 20 bytes of hex separated by colons',
).refine((value) => [8, 20].includes(value.split(':').length), 'expected 8 or 20 bytes')

export const devicePath = absolutePath.refine(
  (path) => path.startsWith('/dev/') && !path.split('/').includes('..'),
  'expected a path in /dev',
)

export type DiskRate =
  | { readonly kind: 'bytes'; readonly bytesPerSecond: number }
  | { readonly kind: 'operations'; readonly perSecond: number }

/** `10MiB` a second, or `100iops`. */
export const diskRate = z.string().transform((value, issues): DiskRate => {
  const operations = /^(\d{1,12})iops$/.exec(value)?.[1]
  if (operations !== undefined) return { kind: 'operations', perSecond: Number(operations) }
  try {
    return { kind: 'bytes', bytesPerSecond: parseBytes(value) }
  } catch {
    issues.addIssue({ code: 'custom', message: 'expected a rate such as 10MiB or 100iops' })
    return z.NEVER
  }
})
