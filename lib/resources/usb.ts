import type { UsbDevice, UsbInterface } from './contract.ts'
import { type Bench, driverOf } from './hardware.ts'

const DEVICES = '/sys/bus/usb/devices'
const HUB = 9

/** What is plugged in; hubs are not told of, as in LXD. */
export async function readUsb(bench: Bench): Promise<readonly UsbDevice[]> {
  // Interfaces have a colon in their names, and are listed below their device.
  const names = (await bench.sysfs.list(DEVICES)).filter((name) => !name.includes(':'))
  const devices = await Promise.all(names.map((name) => deviceOf(`${DEVICES}/${name}`, bench)))
  return devices
    .filter((device) => device !== undefined)
    .filter(({ interfaces }) => interfaces.every(({ classId }) => classId !== HUB))
}

async function deviceOf(link: string, bench: Bench): Promise<UsbDevice | undefined> {
  const { sysfs, usb } = bench
  const path = await sysfs.real(link)
  if (path === undefined) return undefined
  const [bus, device, vendorId = '', productId = '', speed] = await Promise.all([
    sysfs.number(`${path}/busnum`),
    sysfs.number(`${path}/devnum`),
    sysfs.id(`${path}/idVendor`),
    sysfs.id(`${path}/idProduct`),
    sysfs.number(`${path}/speed`),
  ])
  if (bus === undefined || device === undefined) return undefined
  const [vendor, product] = await Promise.all([
    usb.vendor(vendorId) ?? sysfs.text(`${path}/manufacturer`),
    sysfs.text(`${path}/product`),
  ])
  return {
    ...{ busAddress: bus, deviceAddress: device, interfaces: await interfacesOf(path, bench) },
    ...{
      vendor: vendor ?? '',
      vendorId,
      product: product ?? usb.product(vendorId, productId) ?? '',
      productId,
      speed: speed ?? 0,
    },
  }
}

async function interfacesOf(path: string, bench: Bench): Promise<readonly UsbInterface[]> {
  const names = (await bench.sysfs.list(path)).filter((name) =>
    /^[\d-]+(\.\d+)*:\d+\.\d+$/.test(name),
  )
  return Promise.all(names.map((name) => interfaceOf(`${path}/${name}`, bench)))
}

async function interfaceOf(path: string, bench: Bench): Promise<UsbInterface> {
  const { sysfs, usb } = bench
  const [number, classId, subclassId, driver] = await Promise.all([
    hexadecimal(`${path}/bInterfaceNumber`),
    hexadecimal(`${path}/bInterfaceClass`),
    hexadecimal(`${path}/bInterfaceSubClass`),
    driverOf(path, bench),
  ])
  return {
    ...{ class: usb.usbClass(classId) ?? '', classId },
    ...{ driver: '', driverVersion: '', ...driver },
    ...{
      number,
      subclass: (subclassId !== 0 && usb.usbSubclass(classId, subclassId)) || '',
      subclassId,
    },
  }

  async function hexadecimal(file: string): Promise<number> {
    return Number.parseInt((await sysfs.text(file)) ?? '0', 16)
  }
}
