import type { IdMap } from '../../bindings/helper/native.ts'
import type { Walking } from '../core/cancel.ts'
import type { InstanceRecord, InstanceRef } from './record-contract.ts'

/** A snapshot by its instance and its own name. */
export interface SnapshotRef extends InstanceRef {
  readonly snapshot: string
}

/** A snapshot to be taken. */
export interface SnapshotRequest {
  /** @default what `snapshots.pattern` of the instance says: `snap0`, `snap1` */
  readonly name?: string
  /** When a host deletes it, within a minute; null: never. @default by `snapshots.expiry` of the instance, and where that is not set, never */
  readonly expiresAt?: Date | null
  /** With the memory of the running instance; refused with kind `unsupported`, code `INSTANCE_NO_STATEFUL`. @default false */
  readonly stateful?: boolean
}

/** What an instance was when the snapshot was taken; profiles are those that the instance has now. */
export interface SnapshotRecord
  extends SnapshotRef,
    Pick<
      InstanceRecord,
      | 'type'
      | 'architecture'
      | 'description'
      | 'stateful'
      | 'profiles'
      | 'config'
      | 'devices'
      | 'expandedConfig'
      | 'expandedDevices'
      | 'createdAt'
    > {
  /** When it is deleted; undefined: never. */
  readonly expiresAt?: Date | undefined
}

/** What can be changed of a snapshot. */
export interface SnapshotChange {
  /** As in `SnapshotRequest`. */
  readonly expiresAt: Date | null
}

/** Where the files of an instance or of a snapshot lie on the host, for those who read them. */
export interface VolumeFiles {
  /** The volume: holds `rootfs`, and what the image brought beside it (`metadata.yaml`, `templates`). */
  readonly path: string
  /** The root file system inside of it. */
  readonly rootfs: string
  /** How owners on disk are shifted: `nsId` is what the instance sees, `hostId` what is on the disk. Empty: not at all. */
  readonly idmap: IdMap
}

/** Snapshots of instances. Verbs are journalled walks, as those of `Instances`. */
export interface Snapshots {
  /**
   * Keeps what the instance is now, whether it runs or not; where its pool cannot catch one moment, it is frozen meanwhile. Kinds
   * `exists` when the name is taken, `denied` where the project forbids snapshots.
   */
  create(ref: InstanceRef, request?: SnapshotRequest, walking?: Walking): Promise<SnapshotRecord>
  /** Kind `notFound`, code `INSTANCE_SNAPSHOT_NOT_FOUND`. */
  get(ref: SnapshotRef): Promise<SnapshotRecord>
  /** Of one instance, oldest first. Kind `notFound` without the instance. */
  list(ref: InstanceRef): Promise<readonly SnapshotRecord[]>
  /** Replaces what is given. */
  update(ref: SnapshotRef, change: SnapshotChange): Promise<void>
  /** Kind `exists` when the name is taken. */
  rename(ref: SnapshotRef, to: string, walking?: Walking): Promise<void>
  /** Removes it with what it holds. */
  delete(ref: SnapshotRef, walking?: Walking): Promise<void>
  /**
   * Lets the instance be what it was then: its files, configuration and devices, once the gate has let that pass; name, profiles and
   * identity stay. One that runs is killed before and started after.
   */
  restore(ref: SnapshotRef, walking?: Walking): Promise<void>
}
