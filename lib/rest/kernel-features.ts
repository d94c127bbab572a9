/** What is read of the kernel to tell its features. */
export interface KernelFacts {
  /** As `uname -r` prints it. */
  readonly release: string
  /** `/proc/filesystems`. */
  readonly filesystems: string
  /** `/proc/sys/kernel/seccomp/actions_avail`. */
  readonly seccompActions: string
}

/** What LXD tells of the kernel, in its words. Where the kernel says nothing itself, its version does. */
export function kernelFeatures({ release, filesystems, seccompActions }: KernelFacts) {
  const since = (major: number, minor: number): boolean => isSince(release, [major, minor])
  const listener = seccompActions.split(/\s+/).includes('user_notif')
  const features = {
    idmapped_mounts: since(5, 12),
    netnsid_getifaddrs: since(4, 20),
    seccomp_listener: listener,
    seccomp_listener_continue: listener && since(5, 5),
    shiftfs: /\bshiftfs$/m.test(filesystems),
    uevent_injection: since(4, 17),
    unpriv_fscaps: since(4, 14),
  }
  return Object.fromEntries(Object.entries(features).map(([name, has]) => [name, String(has)]))
}

function isSince(release: string, [wantedMajor, wantedMinor]: readonly [number, number]): boolean {
  const [major = 0, minor = 0] = release.split('.').map((part) => Number.parseInt(part, 10))
  return major > wantedMajor || (major === wantedMajor && minor >= wantedMinor)
}
