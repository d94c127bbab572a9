/** Networks alone: managed bridges, their addresses, names and rules. Loads no native code. */
export { bridge } from './bridge/index.ts'
export * from './contract.ts'
export { PROCESSES, ProcProcesses } from './processes.ts'
export { createNetworks, type NetworksDeps } from './room.ts'
