import type { Security } from './contract.ts'
import { FactReader, type FactSources } from './facts.ts'
import { chooseIdmap } from './idmap.ts'
import { seccompPolicy } from './seccomp.ts'

/** The room: facts of the host and its records, and the pure choices made from them. */
export function createSecurity(sources: FactSources): Security {
  const reader = new FactReader(sources)
  return Object.freeze({
    facts: () => reader.read(),
    chooseIdmap,
    seccompPolicy: (config) => seccompPolicy(config),
  } satisfies Security)
}
