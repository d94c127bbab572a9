import { channelRules } from './linux-channels.ts'
import { ethernetRules } from './linux-ethernet.ts'
import { fileRules } from './linux-files.ts'
import { processRules } from './linux-processes.ts'
import type { LinuxRule } from './linux-subject.ts'

export type { LinuxRule, LinuxSubject } from './linux-subject.ts'

/** What the linux binding promises, for the real kernel and for one in memory. */
export const linuxRules: readonly LinuxRule[] = [
  ...fileRules,
  ...processRules,
  ...channelRules,
  ...ethernetRules,
]
