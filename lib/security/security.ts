import type { Security } from './contract.ts'
import { type FactSources, readFacts } from './facts.ts'
import { chooseIdmap } from './idmap.ts'
import { seccompPolicy } from './seccomp.ts'

/** The room: facts of the host and its records, and the pure choices made from them. */
export function createSecurity(sources: FactSources): Security {
  return Object.freeze({
    facts: () => readFacts(sources),
    chooseIdmap,
    seccompPolicy: (config) => seccompPolicy(config),
  } satisfies Security)
}
