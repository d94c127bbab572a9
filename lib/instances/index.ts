/** The instances room with its planners, for who composes the rooms by hand. Native parts are loaded by whoever hands them in. */
export * from './contract.ts'
export {
  type CreateFacts,
  type FullCreatePlan,
  planCreate,
  type UnpackBounds,
} from './create-plan.ts'
export type { InstanceSettings, InstancesDeps } from './deps.ts'
export type { DeviceFacts } from './devices/facts.ts'
export type { HostFacts } from './host-facts.ts'
export { instanceKeys } from './keys/index.ts'
export type { ContainerNatives } from './lxc/runtime.ts'
export { createInstances, type InstancesRoom } from './room.ts'
export type { Rooms } from './rooms.ts'
export { type FullStartPlan, type InstancePaths, planStart, type StartFacts } from './start-plan.ts'
