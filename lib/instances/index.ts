/** The instances room with its planners, for who composes the rooms by hand. Native parts are loaded by whoever hands them in. */
export * from './contract.ts'
export { planCreate } from './create-plan.ts'
export type { InstancesDeps } from './deps.ts'
export { instanceKeys } from './keys/index.ts'
export { createInstances, type InstancesRoom } from './room.ts'
export { planStart } from './start-plan.ts'
