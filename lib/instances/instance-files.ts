/** Where the files of one instance lie below the root, beside its volume. */
export interface InstanceFileNames {
  readonly logs: string
  readonly run: string
  readonly config: string
  readonly seccomp: string
  readonly log: string
  readonly console: string
  readonly lxcPath: string
}

export function instanceFiles(root: string, disk: string): InstanceFileNames {
  const logs = `${root}/logs/${disk}`
  return {
    logs,
    run: `${root}/run/${disk}`,
    config: `${logs}/lxc.conf`,
    log: `${logs}/lxc.log`,
    console: `${logs}/console.log`,
    // Beside what else is written for one run, so that half a file of a crash goes with the rest.
    seccomp: `${root}/run/${disk}/seccomp`,
    lxcPath: `${root}/containers`,
  }
}
