/** Images alone: a store of tarballs by fingerprint and alias. Loads no native code. */
export * from './contract.ts'
export type { Archives } from './inspect.ts'
export { type ImageMetadata, parseMetadata } from './metadata.ts'
export type { ImageTemplate } from './metadata-document.ts'
export { createImages, type ImagesDeps, type ImagesRoom } from './room.ts'
