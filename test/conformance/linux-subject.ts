import type { LinuxNative, PeerCredentials } from '../../bindings/linux/native.ts'

/** A kernel under test, the real one or one in memory, and what rules need beside the binding to see what it does. */
export interface LinuxSubject {
  readonly linux: LinuxNative
  /** A new directory with files (their text), directories (`dir/`) and links (`-> target`) in it, and a descriptor of it. */
  directory(entries?: Readonly<Record<string, string>>): DirectoryUnderTest
  /** What the user of a descriptor does; `read` gives what is there now. */
  write(fd: number, text: string): void
  /** The content of a file. */
  read(fd: number): string
  /** Whether the descriptor is open in this process. */
  isOpen(fd: number): boolean
  /** Whether there is anything under this path. */
  exists(path: string): boolean
  /** The master end of a new terminal. */
  terminal(): TerminalUnderTest
  /** A new process, which lives until a signal ends it. */
  process(): ProcessUnderTest
  /** What this process is to others. */
  readonly self: PeerCredentials
}

/** An empty directory, open. */
export interface DirectoryUnderTest {
  readonly path: string
  readonly fd: number
}

/** A terminal's master end, and how large it is. */
export interface TerminalUnderTest {
  readonly fd: number
  /** As the kernel has it. */
  size(): { readonly columns: number; readonly rows: number }
}

/** A process that runs until it is told otherwise. */
export interface ProcessUnderTest {
  readonly pid: number
  /** Resolves when it has ended and its parent knows. */
  readonly gone: Promise<void>
}

/** One rule, as data: any runner can run it and the docs can count it. */
export interface LinuxRule {
  readonly name: string
  /** Throws where the rule does not hold. */
  run(subject: LinuxSubject): Promise<void> | void
}
