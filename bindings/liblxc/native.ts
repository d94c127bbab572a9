/**
 * Reads and small calls on liblxc, for containers that somebody else started. Nothing here forks, and no call runs on the event loop:
 * calls on one handle run in the order they were made, those on different handles beside each other. What liblxc refuses rejects with an
 * `Error` that has `code` (the errno's name, or `LIBLXC_FAILED` where liblxc gives none) and, where there is one, a negative `errno`; an
 * argument of the wrong kind throws a `TypeError` with code `ERR_INVALID_ARG_TYPE`.
 * A missing liblxc.so.1 throws at load with code `LIBLXC_MISSING` and names the package to install.
 */
export interface LiblxcNative {
  readonly version: string
  /** Whether the API extension (`devpts_fd`, `idmapped_mounts`, …) is compiled into this liblxc. */
  hasApiExtension(name: string): boolean
  /** Opens a handle; loads `configFile` when given, and rejects with `ENOENT` or `EINVAL` when that cannot be. The container need not run. */
  open(container: ContainerRef): Promise<ContainerHandle>
}

/** A container as liblxc finds it: below `lxcPath`, by name, with the lines of `configFile` where there is one. */
export interface ContainerRef {
  /** One component of a path. */
  readonly name: string
  readonly lxcPath: string
  readonly configFile?: string
}

/** Follows the container: what one handle says after a start or a stop is what a new one would say. */
export interface ContainerHandle {
  /** `STOPPED`, `STARTING`, `RUNNING`, `STOPPING`, `ABORTING`, `FREEZING`, `FROZEN`, `THAWED`. */
  state(): Promise<string>
  /** Host pid of the container's init, or undefined when it does not run. */
  initPid(): Promise<number | undefined>
  /** A cgroup file's content, `memory.usage_in_bytes`; undefined when the controller or the container is not there. */
  cgroupItem(name: string): Promise<string | undefined>
  /** Rejects with the kernel's errno when the file is not there or does not take the value. */
  setCgroupItem(name: string, value: string): Promise<void>
  /** What the running container was configured with; undefined when it does not run, or has no such key. */
  runningConfigItem(key: string): Promise<string | undefined>
  /**
   * Takes out what the console's ring buffer holds (read twice, the second is empty), or with `clear` only empties it. Empty when there
   * is none (`lxc.console.buffer.size`). Rejects when the container does not run.
   */
  consoleLog(options?: { readonly clear?: boolean }): Promise<Buffer>
  /** Resolves when the kernel has done it, silently when it is frozen already. Rejects when the container does not run. */
  freeze(): Promise<void>
  /** Resolves when the kernel has done it, silently when it is not frozen. */
  unfreeze(): Promise<void>
  /** Lets go of the container when the calls made so far are done. Later ones reject with `EBADF`. May be repeated. */
  close(): void
}
