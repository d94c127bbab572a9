import type { Files } from '../core/ports.ts'
import type { WarningSink, WarningType } from '../core/warnings.ts'
import type { HostFacts } from './host-facts.ts'

/** What containers of this host must do without, and what that means; undefined for what is there. */
export type Lacks = Readonly<Partial<Record<WarningType, string | undefined>>>

/** What the kernel shows of itself beside the controllers. */
export interface KernelSigns {
  readonly blkioWeight: boolean
  readonly swapAccounting: boolean
  /** `Y` where AppArmor is on. */
  readonly appArmor: string | undefined
}

const SIGNS = {
  blkioWeight: '/sys/fs/cgroup/blkio/blkio.weight',
  swapAccounting: '/sys/fs/cgroup/memory/memory.memsw.limit_in_bytes',
  appArmor: '/sys/module/apparmor/parameters/enabled',
}

/** Raises what is lacking and resolves what is not, or no longer. */
export async function warnOfHost(
  files: Pick<Files, 'read' | 'exists'>,
  { host, warnings }: { readonly host: HostFacts; readonly warnings: WarningSink },
): Promise<void> {
  const [blkioWeight, swapAccounting, appArmor] = await Promise.all([
    files.exists(SIGNS.blkioWeight),
    files.exists(SIGNS.swapAccounting),
    files.read(SIGNS.appArmor),
  ])
  const found = hostLacks(host, { blkioWeight, swapAccounting, appArmor: appArmor?.trim() })
  for (const [type, message] of Object.entries(found) as readonly [WarningType, string?][]) {
    if (message === undefined) await warnings.resolve({ type })
    else await warnings.raise({ type }, message)
  }
}

export function hostLacks({ cgroups: { v1, v2 } }: HostFacts, signs: KernelSigns): Lacks {
  const either = (old: string, now = old): boolean => v1.includes(old) || v2.includes(now)
  // The unified hierarchy has no controllers for these two: the kernel does them itself.
  const unified = v2.includes('memory') || v2.includes('pids')
  const swap = v2.includes('memory') || signs.swapAccounting
  return {
    noBlkio: unless(either('blkio', 'io'), 'disk I/O limits will be refused'),
    noBlkioWeight: unless(v2.includes('io') || signs.blkioWeight, 'disk priority will be refused'),
    noCpu: unless(either('cpu'), 'CPU time limits will be refused'),
    noCpuset: unless(either('cpuset'), 'CPU pinning will be refused'),
    noCpuacct: unless(either('cpuacct', 'cpu'), 'CPU accounting will not be available'),
    noDevices: unless(unified || v1.includes('devices'), "device access control won't work"),
    noFreezer: unless(unified || v1.includes('freezer'), "pausing/resuming containers won't work"),
    noMemory: unless(either('memory'), 'memory limits will be refused'),
    noPids: unless(either('pids'), 'process limits will be refused'),
    noSwapAccounting: unless(swap, 'swap limits will be ignored'),
    noAppArmor:
      signs.appArmor === 'Y'
        ? 'Profiles are not generated for containers yet'
        : 'Disabled because of lack of kernel support',
  }
}

function unless(present: boolean, message: string): string | undefined {
  return present ? undefined : message
}
