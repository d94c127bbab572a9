import type { PciDevice } from './contract.ts'
import type { Bench } from './hardware.ts'
import { driverOf, numaNodeOf } from './hardware.ts'
import { readVpd } from './vpd.ts'

const DEVICES = '/sys/bus/pci/devices'

export async function readPci(bench: Bench): Promise<readonly PciDevice[]> {
  const addresses = await bench.sysfs.list(DEVICES)
  const devices = await Promise.all(addresses.map((address) => deviceOf(address, bench)))
  return devices.filter((device) => device !== undefined)
}

async function deviceOf(pciAddress: string, bench: Bench): Promise<PciDevice | undefined> {
  const { sysfs, pci } = bench
  const path = await sysfs.real(`${DEVICES}/${pciAddress}`)
  if (path === undefined) return undefined
  const [vendorId = '', productId = '', group, driver, numaNode, vpd] = await Promise.all([
    sysfs.id(`${path}/vendor`),
    sysfs.id(`${path}/device`),
    sysfs.target(`${path}/iommu_group`),
    driverOf(path, bench),
    numaNodeOf(path, sysfs),
    sysfs.bytes(`${path}/vpd`),
  ])
  return {
    ...{ driver: '', driverVersion: '', ...driver },
    ...{ numaNode, pciAddress, vendorId, productId },
    vendor: pci.vendor(vendorId) ?? '',
    product: pci.product(vendorId, productId) ?? '',
    iommuGroup: Number(group ?? 0),
    vpd: vpd ? readVpd(vpd) : {},
  }
}
