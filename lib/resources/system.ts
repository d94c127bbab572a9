import type { SystemResources } from './contract.ts'
import type { Sysfs } from './sysfs.ts'

const DMI = '/sys/class/dmi/id'

/** SMBIOS' numbers of chassis. */
const CHASSIS: ReadonlyMap<string, string> = new Map(
  [
    ...['Other', 'Unknown', 'Desktop', 'Low Profile Desktop', 'Pizza Box', 'Mini Tower', 'Tower'],
    ...['Portable', 'Laptop', 'Notebook', 'Hand Held', 'Docking Station', 'All in One'],
    ...['Sub Notebook', 'Space-saving', 'Lunch Box', 'Main Server Chassis', 'Expansion Chassis'],
    ...['SubChassis', 'Bus Expansion Chassis', 'Peripheral Chassis', 'RAID Chassis'],
    ...['Rack Mount Chassis', 'Sealed-case PC', 'Multi-system chassis', 'Compact PCI'],
    ...['Advanced TCA', 'Blade', 'Blade Enclosure', 'Tablet', 'Convertible', 'Detachable'],
    ...['IoT Gateway', 'Embedded PC', 'Mini PC', 'Stick PC'],
  ].map((name, index) => [String(index + 1), name]),
)

/** What the firmware says of the machine. Without firmware that says anything only its type is known. */
export async function readSystem(sysfs: Sysfs): Promise<SystemResources> {
  const read = async (name: string): Promise<string> => (await sysfs.text(`${DMI}/${name}`)) ?? ''
  const [type, ...own] = await Promise.all([
    systemType(sysfs),
    ...['uuid', 'family', 'version', 'sku', 'serial'].map((name) => read(`product_${name}`)),
    ...['sys_vendor', 'product_name'].map(read),
  ])
  const [uuid = '', family = '', version = '', sku = '', serial = '', vendor = '', product = ''] =
    own
  const isTold = (await sysfs.real(DMI)) !== undefined
  return {
    ...{ uuid, vendor, product, family, version, sku, serial, type },
    firmware: isTold
      ? {
          vendor: await read('bios_vendor'),
          date: await read('bios_date'),
          version: await read('bios_version'),
        }
      : null,
    chassis: isTold
      ? {
          vendor: await read('chassis_vendor'),
          type: CHASSIS.get(await read('chassis_type')) ?? '',
          serial: await read('chassis_serial'),
          version: await read('chassis_version'),
        }
      : null,
    motherboard: isTold
      ? {
          vendor: await read('board_vendor'),
          product: await read('board_name'),
          serial: await read('board_serial'),
          version: await read('board_version'),
        }
      : null,
  }
}

/** What managers of containers leave inside for those who want to know. */
const CONTAINER_NOTES = [
  '/run/systemd/container',
  '/run/host/container-manager',
  '/run/.containerenv',
  '/.dockerenv',
]

async function systemType(sysfs: Sysfs): Promise<SystemResources['type']> {
  const [environment, cpuinfo, hypervisor, ...notes] = await Promise.all([
    sysfs.bytes('/proc/1/environ'),
    sysfs.text('/proc/cpuinfo'),
    sysfs.text('/sys/hypervisor/type'),
    ...CONTAINER_NOTES.map((path) => sysfs.real(path)),
  ])
  const variables = environment?.toString('latin1').split('\0') ?? []
  if (notes.some(Boolean) || variables.some((one) => one.startsWith('container=')))
    return 'container'
  const isGuest = hypervisor !== undefined || /^flags\s*:.*\bhypervisor\b/m.test(cpuinfo ?? '')
  return isGuest ? 'virtual-machine' : 'physical'
}
