/** Images alone: a store of tarballs by fingerprint and alias. Loads no native code. */
export * from './contract.ts'
export type { Archives } from './inspect.ts'
export { parseMetadata, writeMetadata } from './metadata.ts'
export { createImages, type ImagesDeps, type ImagesRoom } from './room.ts'
export type { SourceWorld } from './source-world.ts'
export type { Fetched, ImageSource, Offer, SourceQuery } from './sources/contract.ts'
export type { Upkeep } from './upkeep.ts'
