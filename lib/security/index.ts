/** Id maps and seccomp policies alone, pure but for reading the host's ranges. Loads no native code. */
export * from './contract.ts'
export type { FactSources } from './facts.ts'
export { createSecurity } from './security.ts'
