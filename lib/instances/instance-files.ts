/** Where the files of one instance lie below the root, beside its volume. */
export interface InstanceFileNames {
  readonly logs: string
  readonly run: string
  readonly config: string
  readonly seccomp: string
  /** Left by the hook when the guest asked for a reboot. */
  readonly rebootRequested: string
  /** There while an instance is stopped only because its host goes down. */
  readonly hostShutdown: string
  readonly log: string
  readonly console: string
  /** How far a move of its owners came; there as long as that is not recorded. */
  readonly moving: string
  readonly lxcPath: string
  /** What its devices need on the host while it runs. */
  readonly devices: string
  /** What the first process of an application is shown. */
  readonly application: string
}

export function instanceFiles(root: string, disk: string): InstanceFileNames {
  const [logs, run] = [`${root}/logs/${disk}`, `${root}/run/${disk}`]
  return {
    logs,
    run,
    config: `${logs}/lxc.conf`,
    log: `${logs}/lxc.log`,
    console: `${logs}/console.log`,
    // Beside what else is written for one run, so that half a file of a crash goes with the rest.
    seccomp: `${run}/seccomp`,
    rebootRequested: `${run}/reboot-requested`,
    hostShutdown: `${run}/host-shutdown`,
    moving: `${logs}/owners-moving`,
    lxcPath: `${root}/containers`,
    devices: `${root}/devices/${disk}`,
    // No name of an instance has a dot.
    application: `${root}/devices/${disk}.application`,
  }
}
