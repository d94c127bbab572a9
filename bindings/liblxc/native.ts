/**
 * Reads and small calls on liblxc, for containers that somebody else started. Nothing here forks, and no call runs on the event loop.
 * A missing liblxc.so.1 throws at load with code `LIBLXC_MISSING` and names the package to install.
 */
export interface LiblxcNative {
  readonly version: string
  /** Whether the API extension (`devpts_fd`, `idmapped_mounts`, …) is compiled into this liblxc. */
  hasApiExtension(name: string): boolean
  /** Opens a handle; loads `configFile` when given. The container need not run. */
  open(container: ContainerRef): Promise<ContainerHandle>
}

export interface ContainerRef {
  readonly name: string
  readonly lxcPath: string
  readonly configFile?: string
}

export interface ContainerHandle {
  /** `STOPPED`, `STARTING`, `RUNNING`, `STOPPING`, `ABORTING`, `FREEZING`, `FROZEN`, `THAWED`. */
  state(): Promise<string>
  /** Host pid of the container's init, or undefined when it does not run. */
  initPid(): Promise<number | undefined>
  /** A cgroup file's content, `memory.usage_in_bytes`; undefined when the controller or the container is not there. */
  cgroupItem(name: string): Promise<string | undefined>
  setCgroupItem(name: string, value: string): Promise<void>
  /** What the running container was configured with. */
  runningConfigItem(key: string): Promise<string | undefined>
  /**
   * Takes out what the console's ring buffer holds (read twice, the second is empty), or with `clear` only empties it. Empty when there
   * is none (`lxc.console.buffer.size`). Rejects when the container does not run.
   */
  consoleLog(options?: { readonly clear?: boolean }): Promise<Buffer>
  /** Freeze and unfreeze; resolve when the kernel has done it. */
  freeze(): Promise<void>
  unfreeze(): Promise<void>
  close(): void
}
