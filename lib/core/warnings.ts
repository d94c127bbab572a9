/** What can be wrong with a host for longer than one request, with LXD's number and sentence for it. */
export const WARNING_TYPES = Object.freeze({
  noBlkio: { code: 1, text: "Couldn't find the CGroup blkio", severity: 'low' },
  noBlkioWeight: { code: 2, text: "Couldn't find the CGroup blkio.weight", severity: 'low' },
  noCpu: { code: 3, text: "Couldn't find the CGroup CPU controller", severity: 'low' },
  noCpuset: { code: 4, text: "Couldn't find the CGroup CPUset controller", severity: 'low' },
  noCpuacct: { code: 5, text: "Couldn't find the CGroup CPUacct controller", severity: 'low' },
  noDevices: { code: 6, text: "Couldn't find the CGroup devices controller", severity: 'low' },
  noFreezer: { code: 7, text: "Couldn't find the CGroup freezer controller", severity: 'low' },
  noHugetlb: { code: 8, text: "Couldn't find the CGroup hugetlb controller", severity: 'low' },
  noMemory: { code: 9, text: "Couldn't find the CGroup memory controller", severity: 'low' },
  noNetworkPriority: {
    code: 10,
    text: "Couldn't find the CGroup network priority controller",
    severity: 'low',
  },
  noPids: { code: 11, text: "Couldn't find the CGroup pids controller", severity: 'low' },
  noSwapAccounting: {
    code: 12,
    text: "Couldn't find the CGroup memory swap accounting",
    severity: 'low',
  },
  noAppArmor: { code: 14, text: 'AppArmor support has been disabled', severity: 'low' },
  longIpv6Prefix: {
    code: 18,
    text: "IPv6 networks with a prefix larger than 64 aren't properly supported by dnsmasq",
    severity: 'low',
  },
  networkUnavailable: { code: 20, text: 'Network unavailable', severity: 'high' },
  autostartFailed: { code: 22, text: 'Failed to autostart instance', severity: 'low' },
  poolUnavailable: { code: 24, text: 'Storage pool unavailable', severity: 'high' },
} as const)

/** The names of these. */
export type WarningType = keyof typeof WARNING_TYPES

/** What a warning is about: the whole host where nothing else is named. */
export interface WarningSubject {
  readonly type: WarningType
  readonly entity?: WarningEntity
}

/** The object that a warning is about. */
export type WarningEntity =
  | { readonly kind: 'instance' | 'network'; readonly project: string; readonly name: string }
  | { readonly kind: 'storage-pool'; readonly name: string }

/** What rooms use to tell the administrator what stays wrong until somebody does something. */
export interface WarningSink {
  /**
   * Records that something is wrong: once per type and entity, with how often it was seen. What was resolved is new again. Never
   * rejects: it is called where something has failed already.
   */
  raise(subject: WarningSubject, message: string): Promise<void>
  /** Says that it is wrong no longer; silent when it was not. Never rejects. */
  resolve(subject: WarningSubject): Promise<void>
}
