/** Networks alone: managed bridges, their addresses, names and rules. Loads no native code. */
export { bridge } from './bridge/index.ts'
export * from './contract.ts'
export type { Drivers } from './drivers.ts'
export {
  type HostProcess,
  type Pidfds,
  PROCESSES,
  type Processes,
  ProcProcesses,
  type Service,
} from './processes.ts'
export { createNetworks, type NetworksDeps } from './room.ts'
