/** One line of a user namespace's map, as in `/proc/<pid>/uid_map`. */
export interface IdMapEntry {
  readonly kind: 'uid' | 'gid'
  readonly nsId: number
  readonly hostId: number
  readonly count: number
}

/** A whole map. Empty: the identity. */
export type IdMap = readonly IdMapEntry[]

/** From where to where owners move. */
export interface ShiftMaps {
  readonly from?: IdMap
  readonly to?: IdMap
  /** A file that keeps how far it came; made when it is not there. Whoever has noted that the owners have moved removes it. */
  readonly mark?: string
}

/** What an archive may cost at most: unpacked bytes, entries, and time. */
export interface UnpackLimits {
  readonly bytes: number
  readonly entries: number
  readonly timeMs: number
}

/** An archive, and where it goes. */
export interface UnpackRequest {
  /** The archive on the host: tar, plain or compressed with gzip, bzip2, xz, lzma or zstd (found by content), or squashfs. */
  readonly archive: string
  /** An existing directory on the host; opened once, without following a link. */
  readonly target: string
  readonly limits: UnpackLimits
  /** Owners are written shifted into these host ids. */
  readonly idmap?: IdMap
  /** Only entries whose first path component is one of these; absent: all. */
  readonly only?: readonly string[]
  /** The target's own owner and mode stay as they are; else they become those of the archive's root. */
  readonly keepRoot?: boolean
  /**
   * Leaves out device nodes, except the likes of /dev/null, and tells so in `skipped`. For whoever may hold a node but has no right to hardware:
   * a container with ids of its own can use every node that is in its tree.
   */
  readonly harmlessDevicesOnly?: boolean
  /**
   * The archive, a tar, is a layer over what the target holds: `.wh.x` removes x, `.wh..wh..opq` what is beside it, and an entry replaces
   * one of another type. Nothing of that touches what the same archive brings.
   */
  readonly layer?: boolean
}

/** What came out of an archive. */
export interface UnpackReport {
  readonly entries: number
  readonly bytes: number
  /** Names of entries that were left out: device nodes that this host cannot make or that were not wanted. At most 20. */
  readonly skipped: readonly string[]
}

/** Files to be read out of an archive, and what that may cost. */
export interface MembersRequest {
  readonly archive: string
  readonly names: readonly string[]
  readonly maxBytesEach: number
  readonly timeMs: number
}

/** An archive to be read to its end, and what is wanted of it. All names are of its top; of each there may be one. */
export interface InspectRequest {
  readonly archive: string
  /** Regular files that are read whole, up to `maxBytesEach`. */
  readonly members: readonly string[]
  readonly maxBytesEach: number
  /** Regular files of which the first 64 KiB are read. */
  readonly heads: readonly string[]
  readonly tops: readonly string[]
  readonly limits: UnpackLimits
}

/** What an archive holds. */
export interface InspectReport {
  readonly entries: number
  readonly bytes: number
  /** By name, what was found of all the names. */
  readonly top: ReadonlyMap<string, InspectedTop>
  readonly members: ReadonlyMap<string, Buffer>
}

/** What lies under a name at the top of an archive. */
export interface InspectedTop {
  readonly type: 'file' | 'directory' | 'link' | 'other'
  readonly sizeBytes: number
}

/** A directory, and the descriptor that gets the archive. */
export interface PackRequest {
  readonly source: string
  readonly outFd: number
  readonly idmap?: IdMap
  readonly only?: readonly string[]
  /** A file whose content comes first, as `metadata.yaml`. */
  readonly metadataFd?: number
  /** @default none. A squashfs keeps no ACLs. */
  readonly compression?: {
    readonly algorithm: 'bzip2' | 'gzip' | 'lzma' | 'xz' | 'zstd' | 'squashfs' | 'none'
    readonly level?: number
  }
}
