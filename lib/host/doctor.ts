import { errorMessage } from '../core/errors.ts'
import type { ContainerNatives } from '../instances/lxc/runtime.ts'
import type { Security } from '../security/contract.ts'
import type { Storage } from '../storage/contract.ts'
import type { Finding } from './contract.ts'

export interface Examined {
  readonly storage: Storage
  readonly security: Security
  readonly natives: ContainerNatives
}

/** Asks every part of this machine whether it can do its work, and how to get what is missing. */
export async function examine({
  storage,
  security,
  natives,
}: Examined): Promise<readonly Finding[]> {
  const findings = await Promise.all([
    checked('bindings/linux', 'run: npm run build:native', async () => {
      natives.linux()
      return 'loaded'
    }),
    checked(
      'bindings/helper',
      'run: npm run build:native',
      async () => `runs as process ${(await natives.helper()).pid}`,
    ),
    checked(
      'bindings/liblxc',
      'install the package liblxc1',
      async () => `version ${natives.liblxc().version}`,
    ),
    checked('security/idmap', 'add a range for root to /etc/subuid and /etc/subgid', async () => {
      const { range, rangeMissing } = await security.facts()
      if (!range) throw new Error(rangeMissing ?? 'no range')
      return `${range.count} ids from ${range.base}`
    }),
    checked('security/seccomp', 'use a kernel with CONFIG_SECCOMP_FILTER', async () => {
      if (!(await security.facts()).seccomp) throw new Error('the kernel has no seccomp filters')
      return 'available'
    }),
  ])
  const drivers = await storage.probe()
  return [
    ...findings,
    ...drivers.map(
      (probe): Finding => ({
        part: `storage/${probe.driver}`,
        available: probe.available,
        detail: probe.available ? 'available' : probe.missing,
        remedy: probe.available ? undefined : probe.remedy,
      }),
    ),
  ]
}

async function checked(
  part: string,
  remedy: string,
  look: () => Promise<string>,
): Promise<Finding> {
  try {
    return { part, available: true, detail: await look() }
  } catch (error) {
    return { part, available: false, detail: errorMessage(error), remedy }
  }
}
