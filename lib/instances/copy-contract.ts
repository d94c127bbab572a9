import type { InstanceRequest } from './record-contract.ts'

/** What a copy is made of: an instance, or a snapshot of one. */
export interface CopySource {
  /** @default the project in which the copy is made */
  readonly project?: string
  readonly name: string
  readonly snapshot?: string
}

/**
 * An instance to be made of another one. What is given wins, key by key and device by device; the rest is the source's. Who the
 * source is, its addresses on networks and what it has of its host stay its own.
 */
export interface CopyRequest
  extends Omit<InstanceRequest, 'image' | 'type' | 'architecture' | 'profiles'> {
  readonly source: CopySource
  /** In order, later ones win. @default those of the source */
  readonly profiles?: readonly string[]
  /** Leaves the snapshots out. @default false */
  readonly instanceOnly?: boolean
  /**
   * Lets an instance that has the name already, and does not run, hold what the source holds: its files and its snapshots, and no
   * others. Its own configuration stays, whatever is given. Without such an instance it is a copy like any other. @default false
   */
  readonly refresh?: boolean
  /** Does not hold a running source still while its files are read, so that the copy may be of no one moment. @default false */
  readonly allowInconsistent?: boolean
}
