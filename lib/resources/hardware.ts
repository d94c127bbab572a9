import { basename, dirname } from 'node:path'
import type { Hardware, VirtualFunctions } from './contract.ts'
import { defined } from './defined.ts'
import type { Names } from './ids.ts'
import type { Sysfs } from './sysfs.ts'

/** What readers of devices share. */
export interface Bench {
  readonly sysfs: Sysfs
  readonly pci: Names
  readonly usb: Names
  /** The kernel's, as `uname -r` prints it. */
  readonly release: string
}

const PCI_ADDRESS = /^[0-9a-f]{4,}:[0-9a-f]{2}:[0-9a-f]{2}\.[0-9a-f]$/

/** What stands behind a device of which the real path is given. */
export async function hardwareOf(device: string, bench: Bench): Promise<Hardware> {
  const [driver, address, ids] = await Promise.all([
    driverOf(device, bench),
    addressOf(device, bench.sysfs),
    idsOf(device, bench),
  ])
  return { ...driver, ...ids, ...address, numaNode: await numaNodeOf(device, bench.sysfs) }
}

/** The driver of a device, with its version where it has one of its own. */
export async function driverOf(device: string, { sysfs, release }: Bench) {
  const driver = await sysfs.target(`${device}/driver`)
  if (driver === undefined) return {}
  const own = await sysfs.text(`${device}/driver/module/version`)
  return { driver, driverVersion: own ?? release }
}

/** On the nearest bus where devices have addresses: the USB one hides the PCI one of its controller. */
export async function addressOf(device: string, sysfs: Sysfs) {
  for (const path of sysfs.ancestors(device)) {
    const [bus, number] = await Promise.all([
      sysfs.number(`${path}/busnum`),
      sysfs.number(`${path}/devnum`),
    ])
    if (bus !== undefined && number !== undefined) return { usbAddress: `${bus}:${number}` }
    if (PCI_ADDRESS.test(basename(path))) return { pciAddress: basename(path) }
  }
  return {}
}

/** Of the nearest device that belongs to a node; 0 where none does. */
export async function numaNodeOf(device: string, sysfs: Sysfs): Promise<number> {
  for (const path of sysfs.ancestors(device)) {
    const node = await sysfs.number(`${path}/numa_node`)
    if (node !== undefined) return Math.max(0, node)
  }
  return 0
}

/** An interface of a USB device is told by the device above it. */
async function idsOf(device: string, { sysfs, pci, usb }: Bench) {
  const [vendorId, productId] = await ids(sysfs, `${device}/vendor`, `${device}/device`)
  if (vendorId !== undefined && productId !== undefined)
    return defined({
      vendor: pci.vendor(vendorId),
      vendorId,
      product: pci.product(vendorId, productId),
      productId,
    })
  const above = dirname(device)
  const [usbVendor, usbProduct] = await ids(sysfs, `${above}/idVendor`, `${above}/idProduct`)
  if (usbVendor === undefined || usbProduct === undefined) return {}
  return defined({
    vendor: usb.vendor(usbVendor) ?? (await sysfs.text(`${above}/manufacturer`)),
    vendorId: usbVendor,
    product: (await sysfs.text(`${above}/product`)) ?? usb.product(usbVendor, usbProduct),
    productId: usbProduct,
  })
}

function ids(sysfs: Sysfs, vendor: string, product: string) {
  return Promise.all([sysfs.id(vendor), sysfs.id(product)])
}

/** One card, and the real path of the function that it is a virtual one of. */
export interface Found<T> {
  readonly card: T
  readonly device: string
  readonly physical: string | undefined
}

/** Cards with the virtual functions below the card that makes them. */
export async function withVirtual<T extends Hardware>(
  found: readonly Found<T>[],
  sysfs: Sysfs,
): Promise<readonly (T & { readonly sriov?: VirtualFunctions<T> })[]> {
  const devices = new Set(found.map(({ device }) => device))
  const whole = found.filter(({ physical }) => physical === undefined || !devices.has(physical))
  return Promise.all(
    whole.map(async ({ card, device }) => {
      const [currentVfs, maximumVfs] = await Promise.all([
        sysfs.number(`${device}/sriov_numvfs`),
        sysfs.number(`${device}/sriov_totalvfs`),
      ])
      if (currentVfs === undefined || maximumVfs === undefined) return card
      const vfs = found.filter(({ physical }) => physical === device).map((one) => one.card)
      return { ...card, sriov: { currentVfs, maximumVfs, vfs } }
    }),
  )
}

/** PCI devices of a class, by the first two digits of its number, as real paths. */
export async function pciDevicesOf(sysfs: Sysfs, wanted: string): Promise<readonly string[]> {
  const addresses = await sysfs.list('/sys/bus/pci/devices')
  const paths = await Promise.all(
    addresses.map(async (address) => {
      const path = `/sys/bus/pci/devices/${address}`
      const isWanted = (await sysfs.id(`${path}/class`))?.startsWith(wanted) ?? false
      return isWanted ? sysfs.real(path) : undefined
    }),
  )
  return paths.filter((path) => path !== undefined)
}
