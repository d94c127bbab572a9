import { badFormat } from './refusals.ts'

/** As much of a disk's beginning as its header may take. */
export const DISK_HEAD_BYTES = 64 * 1024

const MAGIC = 0x514649fb
const SHORTEST_HEADER_BYTES = 104
const LARGEST_DISK_BYTES = 2n ** 46n
const LARGEST_L1_BYTES = 32n * 1024n * 1024n

/** Bits of what a reader must know: dirty, corrupt, data in another file, compression type, extended L2 entries. */
const BITS = { corrupt: 1n << 1n, externalData: 1n << 2n } as const
const KNOWN_BITS = 0b11111n

/** Header extensions: the name of a file with the data. */
const EXTERNAL_DATA_NAME = 0x44415441

/**
 * Refuses what is no disk of a virtual machine, is cut off, or leads to another file of the host: whoever opens such a disk would read
 * that one.
 */
export function checkDisk(head: Buffer, sizeBytes: number): void {
  if (head.length < 72 || head.readUInt32BE(0) !== MAGIC) throw broken('it is no qcow2')
  const version = head.readUInt32BE(4)
  if (version !== 2 && version !== 3) throw broken(`version ${version} of qcow2 is not known`)
  if (head.readBigUInt64BE(8) !== 0n || head.readUInt32BE(16) !== 0)
    throw broken('it is based on another file of the host')
  if (head.readUInt32BE(32) !== 0) throw broken('it is encrypted')
  checkGeometry(head, BigInt(sizeBytes))
  checkExtensions(head, version === 2 ? 72 : checkFeatures(head))
}

function checkGeometry(head: Buffer, sizeBytes: bigint): void {
  const clusterBits = head.readUInt32BE(20)
  const diskBytes = head.readBigUInt64BE(24)
  if (clusterBits < 9 || clusterBits > 21) throw broken('its clusters have a size that none has')
  if (diskBytes === 0n || diskBytes > LARGEST_DISK_BYTES)
    throw broken('its size is that of no disk')
  const clusterBytes = 1n << BigInt(clusterBits)
  const l1Bytes = BigInt(head.readUInt32BE(36)) * 8n
  // Each entry stands for a table of one cluster, with an entry for each cluster of the disk.
  const needed = (diskBytes * 64n) / (clusterBytes * clusterBytes)
  if (l1Bytes > LARGEST_L1_BYTES || l1Bytes < needed) throw broken('its tables do not fit its size')
  const ends = [
    head.readBigUInt64BE(40) + l1Bytes,
    head.readBigUInt64BE(48) + BigInt(head.readUInt32BE(56)) * clusterBytes,
  ]
  if (ends.some((end) => end > sizeBytes)) throw broken('it is cut off')
}

/** The length of a header of version 3. */
function checkFeatures(head: Buffer): number {
  if (head.length < SHORTEST_HEADER_BYTES) throw broken('it is cut off')
  const features = head.readBigUInt64BE(72)
  if (features & BITS.externalData) throw broken('its data lie in another file of the host')
  if (features & BITS.corrupt) throw broken('it is marked as corrupt')
  if (features & ~KNOWN_BITS) throw broken('it needs features that are not known')
  const headerBytes = head.readUInt32BE(100)
  if (headerBytes < SHORTEST_HEADER_BYTES || headerBytes % 8 !== 0)
    throw broken('its header has a length that none has')
  return headerBytes
}

/** What follows the header, up to the end mark or the end of the first cluster. */
function checkExtensions(head: Buffer, from: number): void {
  const end = 2 ** head.readUInt32BE(20)
  let at = from
  while (at < end) {
    if (at + 8 > head.length) throw broken('its header has no end')
    const [kind, lengthBytes] = [head.readUInt32BE(at), head.readUInt32BE(at + 4)]
    if (kind === 0) return
    if (kind === EXTERNAL_DATA_NAME) throw broken('its data lie in another file of the host')
    at += 8 + Math.ceil(lengthBytes / 8) * 8
  }
  if (at > end) throw broken('its header leaves its cluster')
}

function broken(why: string): Error {
  return badFormat(`as the disk of a virtual machine ${why}`)
}
