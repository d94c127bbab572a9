/** What this machine is made of. Fields have LXD's names; one that is absent is not told by the kernel. */
export interface Resources {
  readonly cpu: CpuResources
  readonly memory: MemoryResources
  readonly gpu: { readonly cards: readonly GpuCard[]; readonly total: number }
  readonly network: { readonly cards: readonly NetworkCard[]; readonly total: number }
  readonly storage: {
    readonly disks: readonly Disk[]
    /** Partitions are counted too. */
    readonly total: number
  }
  readonly usb: { readonly devices: readonly UsbDevice[]; readonly total: number }
  readonly pci: { readonly devices: readonly PciDevice[]; readonly total: number }
  readonly system: SystemResources
}

/** Reads what the machine has, each time anew, from what the kernel shows of devices. */
export interface ResourceReader {
  /** Reads all of it anew. Parts that this kernel does not show are empty. */
  read(): Promise<Resources>
}

/** Processors of the machine, socket by socket. */
export interface CpuResources {
  readonly architecture: string
  readonly sockets: readonly CpuSocket[]
  /** Threads of all cores. */
  readonly total: number
}

/** Frequencies are in MHz. */
export interface CpuSocket {
  readonly name?: string
  readonly vendor?: string
  readonly socket: number
  readonly cache: readonly CpuCache[]
  readonly cores: readonly CpuCore[]
  readonly frequency?: number
  readonly frequencyMinimum?: number
  readonly frequencyTurbo?: number
}

/** A cache of a socket. */
export interface CpuCache {
  readonly level: number
  readonly type: string
  /** Bytes. */
  readonly size: number
}

/** A core and its threads. */
export interface CpuCore {
  /** Within its socket. */
  readonly core: number
  readonly die: number
  readonly threads: readonly CpuThread[]
  readonly frequency?: number
}

/** What the kernel counts as one processor. */
export interface CpuThread {
  /** The kernel's number, which `limits.cpu` pins to. */
  readonly id: number
  readonly numaNode: number
  /** Within its core. */
  readonly thread: number
  readonly online: boolean
  /** Left alone by the scheduler. */
  readonly isolated: boolean
}

/** Bytes, huge pages too. */
export interface MemoryResources extends MemoryUse {
  readonly nodes: readonly (MemoryUse & { readonly numaNode: number })[]
  readonly hugepagesSize: number
}

/** Sizes in bytes. */
export interface MemoryUse {
  readonly hugepagesUsed: number
  readonly hugepagesTotal: number
  readonly used: number
  readonly total: number
}

/** What stands behind a device: its kernel driver, and what the bus says of it. */
export interface Hardware {
  readonly driver?: string
  /** The kernel's release for drivers that have no version of their own. */
  readonly driverVersion?: string
  readonly numaNode: number
  readonly pciAddress?: string
  readonly usbAddress?: string
  readonly vendor?: string
  readonly vendorId?: string
  readonly product?: string
  readonly productId?: string
}

/** Virtual functions of a card are listed below it and nowhere else. */
export interface VirtualFunctions<T> {
  readonly currentVfs: number
  readonly maximumVfs: number
  readonly vfs: readonly T[]
}

export interface GpuCard extends Hardware {
  readonly drm?: GpuDrm
  readonly sriov?: VirtualFunctions<GpuCard>
  readonly nvidia?: GpuNvidia
  /** By the name of the profile. */
  readonly mdev?: ReadonlyMap<string, GpuMdev>
}

/** Names of device nodes and their `major:minor`. */
export interface GpuDrm {
  readonly id: number
  readonly cardName: string
  readonly cardDevice: string
  readonly controlName?: string
  readonly controlDevice?: string
  readonly renderName?: string
  readonly renderDevice?: string
}

/** What NVIDIA's driver says of a card. */
export interface GpuNvidia {
  readonly nvrmVersion?: string
  readonly brand: string
  readonly model: string
  readonly uuid?: string
  readonly cardName?: string
  readonly cardDevice?: string
}

/** A kind of virtual card that a card can be split into. */
export interface GpuMdev {
  readonly api: string
  readonly available: number
  readonly name?: string
  readonly description?: string
  /** UUIDs of those in use. */
  readonly devices: readonly string[]
}

export interface NetworkCard extends Hardware {
  readonly firmwareVersion?: string
  readonly ports?: readonly NetworkPort[]
  readonly sriov?: VirtualFunctions<NetworkCard>
}

/** A port of a network card. */
export interface NetworkPort {
  /** Name of the interface. */
  readonly id: string
  readonly address?: string
  readonly port: number
  readonly protocol: string
  readonly supportedModes?: readonly string[]
  readonly supportedPorts?: readonly string[]
  readonly portType?: string
  readonly transceiverType?: string
  readonly autoNegotiation: boolean
  readonly linkDetected: boolean
  /** Mbit/s. */
  readonly linkSpeed?: number
  readonly linkDuplex?: string
  readonly infiniband?: InfinibandPort
}

/** What an InfiniBand port has besides. */
export interface InfinibandPort {
  readonly issmName?: string
  readonly issmDevice?: string
  readonly madName?: string
  readonly madDevice?: string
  readonly verbName?: string
  readonly verbDevice?: string
}

/** What only the driver of an interface knows. */
export interface LinkSettings {
  readonly firmwareVersion?: string
  readonly autoNegotiation: boolean
  readonly portType?: string
  readonly transceiverType?: string
  readonly supportedModes?: readonly string[]
  readonly supportedPorts?: readonly string[]
}

/** A disk of the machine, and its partitions. */
export interface Disk {
  readonly id: string
  /** `major:minor`. */
  readonly device: string
  readonly model?: string
  readonly type?: string
  readonly readOnly: boolean
  /** Bytes. */
  readonly size: number
  readonly removable: boolean
  readonly wwn?: string
  readonly numaNode: number
  /** Name below `/dev/disk/by-path`. */
  readonly devicePath?: string
  /** Bytes. */
  readonly blockSize: number
  readonly firmwareVersion?: string
  /** 0 for what does not turn, 1 for what does at a speed that it does not tell. */
  readonly rpm: number
  readonly serial?: string
  /** Name below `/dev/disk/by-id`; empty where there is none. */
  readonly deviceId: string
  readonly partitions: readonly DiskPartition[]
  readonly pciAddress?: string
  readonly usbAddress?: string
}

/** A part of a disk. */
export interface DiskPartition {
  readonly id: string
  readonly device: string
  readonly readOnly: boolean
  readonly size: number
  readonly partition: number
}

/** A device on a USB bus. */
export interface UsbDevice {
  readonly busAddress: number
  readonly deviceAddress: number
  readonly interfaces: readonly UsbInterface[]
  readonly vendor: string
  readonly vendorId: string
  readonly product: string
  readonly productId: string
  /** Mbit/s. */
  readonly speed: number
}

/** What a USB device can be used as. */
export interface UsbInterface {
  readonly class: string
  readonly classId: number
  readonly driver: string
  readonly driverVersion: string
  readonly number: number
  readonly subclass: string
  readonly subclassId: number
}

/** A device on a PCI bus. */
export interface PciDevice {
  readonly driver: string
  readonly driverVersion: string
  readonly numaNode: number
  readonly pciAddress: string
  readonly vendor: string
  readonly vendorId: string
  readonly product: string
  readonly productId: string
  /** 0 where there are no groups. */
  readonly iommuGroup: number
  readonly vpd: { readonly productName?: string; readonly entries?: ReadonlyMap<string, string> }
}

/** Empty texts and nulls where the firmware says nothing. */
export interface SystemResources {
  readonly uuid: string
  readonly vendor: string
  readonly product: string
  readonly family: string
  readonly version: string
  readonly sku: string
  readonly serial: string
  readonly type: 'physical' | 'virtual-machine' | 'container'
  readonly firmware: {
    readonly vendor: string
    readonly date: string
    readonly version: string
  } | null
  readonly chassis: {
    readonly vendor: string
    readonly type: string
    readonly serial: string
    readonly version: string
  } | null
  readonly motherboard: {
    readonly vendor: string
    readonly product: string
    readonly serial: string
    readonly version: string
  } | null
}
