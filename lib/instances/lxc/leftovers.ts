import { rmdir } from 'node:fs/promises'
import type { ContainerTarget } from '../../../bindings/helper/native.ts'
import { errorCode } from '../../core/errors.ts'
import type { Clock, Files } from '../../core/ports.ts'

const CGROUPS = '/sys/fs/cgroup'
const TRIES = 100
const PAUSE_MS = 20

/** Whether liblxc's monitor of a container lives: one that comes up cannot be asked yet, and one that goes down is still cleaning. */
export async function hasMonitor(target: ContainerTarget, files: Files): Promise<boolean> {
  // liblxc gives its monitor this title before it does anything else.
  const title = `[lxc monitor] ${target.lxcPath} ${target.name}`
  const pids = (await files.list('/proc')).filter((name) => /^\d+$/.test(name))
  const titles = await Promise.all(
    pids.map((pid) => files.read(`/proc/${pid}/cmdline`).catch(() => undefined)),
  )
  return titles.some((text) => text?.split('\0')[0] === title)
}

/**
 * Removes the empty cgroups of a container that is gone. liblxc cannot remove its monitor's when a start fails, because the process
 * that asked for the start is in it until it ends. A cgroup that somebody is in stays.
 */
export async function removeCgroups(
  name: string,
  { files, clock }: { readonly files: Files; readonly clock: Clock },
): Promise<void> {
  const hierarchies = ['.', ...(await files.list(CGROUPS))]
  const paths = hierarchies.flatMap((one) =>
    ['monitor', 'payload'].map((what) => `${CGROUPS}/${one}/lxc.${what}.${name}`),
  )
  for (let tries = 0; tries < TRIES; tries++) {
    const busy = await Promise.all(paths.map(isBusy))
    if (!busy.includes(true)) return
    await clock.sleep(PAUSE_MS)
  }
}

/**
 * Before a start: what an earlier one may have left under this name. Beside it liblxc would make cgroups with a number at the end of
 * their names, which nobody would find again.
 */
export async function clearCgroups(
  name: string,
  ports: { readonly files: Files; readonly clock: Clock },
): Promise<void> {
  const telling = ['.', 'unified', 'systemd'].map((one) => `${CGROUPS}/${one}/lxc.monitor.${name}`)
  const found = await Promise.all(telling.map((path) => ports.files.exists(path)))
  if (found.includes(true)) await removeCgroups(name, ports)
}

async function isBusy(path: string): Promise<boolean> {
  return rmdir(path).then(
    () => false,
    (error: unknown) => errorCode(error) === 'EBUSY',
  )
}
