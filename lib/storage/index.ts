/** Storage alone: pools and volumes, without anything that runs. Loads no native code. */
export * from './contract.ts'
export { dir } from './dir/index.ts'
export { HostDisk } from './disk.ts'
export { memory } from './memory/index.ts'
export type { Held, MemoryShelf } from './memory/shelf.ts'
export { createStorage, type StorageDeps, type StorageRoom } from './room.ts'
